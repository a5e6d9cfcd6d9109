import type { Asker } from "./buckets.ts";
import type { RateLimitDecision } from "./decision.ts";
import type { Outcome } from "./outcome.ts";

type Reject = (error: unknown) => void;

/** Wants to know yes or no. */
export class AllowAsker implements Asker {
  readonly #resolve: (isAllowed: boolean) => void;
  readonly fail: Reject;

  constructor(resolve: (isAllowed: boolean) => void, reject: Reject) {
    this.#resolve = resolve;
    this.fail = reject;
  }

  answer(outcome: Outcome, place: number): void {
    this.#resolve(place < outcome.granted);
  }
}

/** Wants to know when, too. */
export class CheckAsker implements Asker {
  readonly #resolve: (decision: RateLimitDecision) => void;
  readonly #isPossible: boolean;
  readonly fail: Reject;

  constructor(isPossible: boolean, resolve: (decision: RateLimitDecision) => void, reject: Reject) {
    this.#isPossible = isPossible;
    this.#resolve = resolve;
    this.fail = reject;
  }

  answer(outcome: Outcome, place: number): void {
    const remaining = outcome.remaining(place);
    if (place < outcome.granted) {
      this.#resolve({ allowed: true, remaining });
      return;
    }
    const delayMs = this.#isPossible ? outcome.delayMs(outcome.n) : Infinity;
    this.#resolve({ allowed: false, retryAfterMs: Math.ceil(delayMs), remaining });
  }
}

/** Wants to know how many there are. */
export class PeekAsker implements Asker {
  readonly #resolve: (remaining: number) => void;
  readonly fail: Reject;

  constructor(resolve: (remaining: number) => void, reject: Reject) {
    this.#resolve = resolve;
    this.fail = reject;
  }

  answer(outcome: Outcome): void {
    this.#resolve(outcome.remaining(0));
  }
}
