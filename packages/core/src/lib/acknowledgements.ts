import type { Drop, Receipt } from "@disp/buffer";
import { reportError } from "@disp/hooks";
import type { Acknowledgeable, Rejection } from "./acknowledgeable.ts";

/** Tells items that want to know how they ended, and knows how many of them have not answered yet. */
export class Acknowledgements {
  readonly #onAnswered: () => void;
  #unanswered = 0;
  /** Items told in one go may share an answer: it is waited for once. */
  #latest: unknown;
  #isWaiting = true;

  /** @param onAnswered - Called when nobody is waited for any more. */
  constructor(onAnswered: () => void) {
    this.#onAnswered = onAnswered;
  }

  /** Whether somebody was told and has not answered yet. */
  get isWaiting(): boolean {
    return this.#isWaiting && this.#unanswered > 0;
  }

  /** What tells an item how it ended; undefined when it does not want to know. */
  receiptFor(item: unknown): Acknowledgement | undefined {
    return isAcknowledgeable(item) ? new Acknowledgement(item, this) : undefined;
  }

  /** Waits for no answers from now on. */
  waitNoLonger(): void {
    this.#isWaiting = false;
  }

  /** Waits for an answer if it is a promise. */
  hear(answer: unknown): void {
    if (typeof answer !== "object" || answer === null || !("then" in answer) || answer === this.#latest) return;
    this.#latest = answer;
    this.#unanswered += 1;
    Promise.resolve(answer).then(this.#onDone, this.#onFail);
  }

  readonly #onDone = (): void => {
    this.#unanswered -= 1;
    if (this.#unanswered > 0) return;
    this.#latest = undefined;
    this.#onAnswered();
  };

  readonly #onFail = (error: unknown): void => {
    reportError(error);
    this.#onDone();
  };
}

/** Tells one item. */
export class Acknowledgement implements Receipt {
  readonly #item: Acknowledgeable;
  readonly #owner: Acknowledgements;

  constructor(item: Acknowledgeable, owner: Acknowledgements) {
    this.#item = item;
    this.#owner = owner;
  }

  delivered(): void {
    try {
      this.#owner.hear(this.#item.acknowledge());
    } catch (error) {
      reportError(error);
    }
  }

  dropped({ reason, error, attempts }: Drop<unknown>): void {
    this.#reject({ reason, ...(error === undefined ? {} : { error }), attempts });
  }

  /** It was never let in. */
  refused(error: unknown): void {
    this.#reject({ reason: "aborted", error, attempts: 0 });
  }

  #reject(rejection: Rejection): void {
    try {
      this.#owner.hear(this.#item.reject(rejection));
    } catch (error) {
      reportError(error);
    }
  }
}

function isAcknowledgeable(item: unknown): item is Acknowledgeable {
  if (typeof item !== "object" || item === null) return false;
  const { acknowledge, reject } = item as Partial<Acknowledgeable>;
  return typeof acknowledge === "function" && typeof reject === "function";
}
