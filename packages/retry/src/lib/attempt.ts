import { checkNumber } from "@disp/options";

/** Every policy of this package refuses the same attempts with the same words. */
export function checkAttempt(attempt: number): void {
  checkNumber("ask a RetryPolicy", "attempt", attempt, { whole: true, min: 1, orInfinity: true });
}
