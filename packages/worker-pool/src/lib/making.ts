import { Alarm } from "@disp/alarm";
import type { RetryPolicy } from "@disp/retry";
import { WorkerCreateTimeoutError } from "./errors.ts";
import type { CreateContext } from "./worker-factory.ts";

/** How a worker is made: the factory's own words, completed. */
export interface ResolvedFactory<W> {
  readonly create: (context: CreateContext) => W | PromiseLike<W>;
  readonly destroy: (worker: W) => unknown;
  readonly isUsable: (worker: W) => boolean;
  readonly retry: RetryPolicy;
  readonly createTimeoutMs: number;
  readonly destroyTimeoutMs: number;
}

/** What comes of a {@link Making}: one of them is called, once and never within `start`, unless it is called off. */
export interface MakingHooks<W> {
  readonly onMade: (making: Making<W>, resource: W) => void;
  readonly onFailed: (making: Making<W>, error: unknown) => void;
  /** It was made too late, and nobody wants it any more. */
  readonly onUnwanted: (resource: W) => void;
}

/** One call of `create` that has not settled. */
export class Making<W> {
  /** 1 for the first in a row. */
  readonly attempt: number;
  readonly #factory: ResolvedFactory<W>;
  readonly #hooks: MakingHooks<W>;
  readonly #controller = new AbortController();
  readonly #alarm: Alarm;
  #timesOutAt = Infinity;
  #isOver = false;

  constructor(attempt: number, factory: ResolvedFactory<W>, hooks: MakingHooks<W>) {
    this.attempt = attempt;
    this.#factory = factory;
    this.#hooks = hooks;
    this.#alarm = new Alarm(() => this.#timeOut());
  }

  start(now: number): void {
    this.#timesOutAt = now + this.#factory.createTimeoutMs;
    this.#alarm.set(this.#timesOutAt, now, { keepAlive: false });
    // A throw in the executor is a rejection.
    void new Promise<W>((resolve) => resolve(this.#factory.create({ signal: this.#controller.signal }))).then(
      (resource) => this.#succeed(resource),
      (error: unknown) => this.#fail(error),
    );
  }

  /** Whether a task waits for it: then it keeps the process alive until it settles or takes too long. */
  hold(isHeld: boolean, now: number): void {
    if (!this.#isOver) this.#alarm.set(this.#timesOutAt, now, { keepAlive: isHeld });
  }

  callOff(reason: unknown): void {
    if (this.#end()) this.#controller.abort(reason);
  }

  #timeOut(): void {
    const error = new WorkerCreateTimeoutError(this.#factory.createTimeoutMs);
    this.#fail(error);
    this.#controller.abort(error);
  }

  #succeed(resource: W): void {
    if (this.#end()) this.#hooks.onMade(this, resource);
    else this.#hooks.onUnwanted(resource);
  }

  #fail(error: unknown): void {
    if (this.#end()) this.#hooks.onFailed(this, error);
  }

  /** False when it was over before. */
  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#alarm.clear();
    return true;
  }
}
