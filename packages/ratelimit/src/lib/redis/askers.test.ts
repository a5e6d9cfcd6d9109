import { describe, expect, it } from "vitest";
import { AllowAsker, CheckAsker, PeekAsker } from "./askers.ts";
import { Limits } from "./limits.ts";
import { Outcome } from "./outcome.ts";

const LIMITS = new Limits([{ ratePerSecond: 10, burst: 5 }]);
/** Two of some equal requests, and one token is left. */
const OUTCOME = new Outcome(LIMITS, 2, 2, 1, [-100_000]);

function heard<T>(ask: (resolve: (value: T) => void, reject: (error: unknown) => void) => void): T[] {
  const values: T[] = [];
  ask(
    (value) => values.push(value),
    () => {},
  );
  return values;
}

describe("whoever asks", () => {
  it("hears whether its own place was granted", () => {
    const values = heard<boolean>((resolve, reject) => {
      for (const place of [0, 1, 2]) new AllowAsker(resolve, reject).answer(OUTCOME, place);
    });
    expect(values).toEqual([true, true, false]);
  });

  it("hears what is left, and when to try again", () => {
    const values = heard((resolve, reject) => {
      for (const place of [0, 1, 2]) new CheckAsker(true, resolve, reject).answer(OUTCOME, place);
      new CheckAsker(false, resolve, reject).answer(OUTCOME, 2);
    });
    expect(values).toEqual([
      { allowed: true, remaining: 3 },
      { allowed: true, remaining: 1 },
      { allowed: false, retryAfterMs: 100, remaining: 1 },
      { allowed: false, retryAfterMs: Infinity, remaining: 1 },
    ]);
  });

  it("hears what there is", () => {
    const outcome = new Outcome(LIMITS, 0, 0, 2, [-250_000]);
    expect(heard((resolve, reject) => new PeekAsker(resolve, reject).answer(outcome))).toEqual([2]);
  });

  it("hears of an error", () => {
    const errors: unknown[] = [];
    const reject = (error: unknown) => errors.push(error);
    for (const Kind of [AllowAsker, PeekAsker]) new Kind(() => {}, reject).fail("away");
    new CheckAsker(true, () => {}, reject).fail("away");
    expect(errors).toEqual(["away", "away", "away"]);
  });
});
