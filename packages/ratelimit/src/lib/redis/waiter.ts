import { type AbortListener, addAbortListener, removeAbortListener } from "@disp/abort";
import { RateLimitExceededError } from "../errors.ts";
import type { Line } from "./line.ts";
import type { Appointment } from "./timetable.ts";

/** Somebody in a {@link Line}: its own list node, abort listener and appointment, so that one object is all it costs. */
export class Waiter implements AbortListener, Appointment {
  readonly id: number;
  readonly n: number;
  /** When it is too late. */
  readonly readyAt: number;
  heapIndex: number = -1;
  previous: Waiter | undefined = undefined;
  next: Waiter | undefined = undefined;
  readonly #line: Line;
  readonly #maxWaitMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: () => void;
  readonly #reject: (reason: unknown) => void;

  constructor(
    line: Line,
    id: number,
    n: number,
    now: number,
    maxWaitMs: number,
    signal: AbortSignal | undefined,
    resolve: () => void,
    reject: (reason: unknown) => void,
  ) {
    this.id = id;
    this.n = n;
    this.readyAt = now + maxWaitMs;
    this.#line = line;
    this.#maxWaitMs = maxWaitMs;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    if (signal !== undefined) addAbortListener(signal, this);
  }

  /** It has its tokens. */
  settle(): void {
    this.#leave(false);
    this.#resolve();
  }

  /** Everybody is turned away. */
  refuse(error: unknown): void {
    this.#leave(false);
    this.#reject(error);
  }

  /** @param delayMs - How much longer it would have to wait. */
  giveUp(now: number, delayMs: number): void {
    const waitedMs = Math.max(0, this.#maxWaitMs - (this.readyAt - now));
    this.#leave(true);
    this.#reject(new RateLimitExceededError(this.n, waitedMs + delayMs, this.#maxWaitMs));
  }

  /** Its time is over: called by the timetable. */
  ring(now: number): void {
    this.giveUp(now, this.#line.delayMsOf(this, now));
  }

  /** Called by the signal. */
  handleAbort(): void {
    this.#leave(true);
    this.#reject(this.#signal?.reason);
  }

  #leave(isEarly: boolean): void {
    if (this.#signal !== undefined) removeAbortListener(this.#signal, this);
    this.#line.leave(this, isEarly);
  }
}
