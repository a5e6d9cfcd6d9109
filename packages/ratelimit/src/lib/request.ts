import { checkNumber } from "@disp/options";

/** @throws TypeError or RangeError unless `n` is a finite number greater than 0 and `now` a finite number. */
export function checkRequest(action: string, n: number, now: number): void {
  // The usual case costs a few comparisons; the message is made only for those who need one.
  const isFine = typeof n === "number" && n > 0 && n < Infinity && typeof now === "number" && Number.isFinite(now);
  if (isFine) return;
  checkNumber(action, "n", n, { above: 0 });
  checkNumber(action, "now", now);
}
