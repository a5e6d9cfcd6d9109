import { show } from "@disp/options";

/** What timers can wait for: 24.8 days. */
const LONGEST_PAUSE_MS = 2 ** 31 - 1;

/**
 * What `process` returned, as a pause; anything but a number is none.
 *
 * @throws RangeError when it is a number that can be no pause: whoever returned it did not mean one, most likely.
 */
export function pauseMsOf(answer: unknown): number {
  if (typeof answer !== "number") return 0;
  if (answer >= 0 && answer <= LONGEST_PAUSE_MS) return answer;
  const rule = `a number that process returns is a pause in ms, and must be >= 0 and <= ${LONGEST_PAUSE_MS}`;
  const cure = "to return nothing, put the body of process in braces";
  throw new RangeError(`Cannot pause: ${rule} (${cure}), got ${show(answer)}`);
}
