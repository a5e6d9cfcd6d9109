/**
 * The rule that a wait for `n` tokens breaks for ever, and what it was given instead; undefined = these limits let it
 * through at some time.
 */
export function whyNever(
  n: number,
  { ratePerSecond, burst }: { readonly ratePerSecond: number; readonly burst: number },
): string | undefined {
  if (n > burst && ratePerSecond !== Infinity) return `n must be at most the burst of ${burst}, got ${n}`;
  if (ratePerSecond > 0) return undefined;
  return `ratePerSecond must be greater than 0 once the burst of ${burst} is used up, got 0`;
}
