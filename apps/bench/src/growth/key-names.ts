/** They stay: a fresh string each time would measure hashing, and the strings are the caller's. */
const NAMES: string[] = [];

/** At least so many names, all different. */
export function keyNames(count: number): readonly string[] {
  for (let i = NAMES.length; i < count; i++) NAMES.push(`user:${i}`);
  return NAMES;
}
