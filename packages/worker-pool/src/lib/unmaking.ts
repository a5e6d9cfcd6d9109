import { Alarm, type AlarmOptions } from "@disp/alarm";
import { WorkerDestroyTimeoutError } from "./errors.ts";
import type { ResolvedFactory } from "./making.ts";

/** What comes of an {@link Unmaking}. */
export interface UnmakingHooks {
  /** Called once: it is gone, or nobody waits for it any more. */
  readonly onGone: () => void;
  /** Called before that when it has failed, or taken too long. */
  readonly onFailed: (error: unknown) => void;
}

/** One call of `destroy`. */
export class Unmaking<W> {
  readonly #factory: ResolvedFactory<W>;
  readonly #hooks: UnmakingHooks;
  readonly #alarm = new Alarm(() => this.#end(new WorkerDestroyTimeoutError(this.#factory.destroyTimeoutMs)));
  #isOver = false;

  constructor(factory: ResolvedFactory<W>, hooks: UnmakingHooks) {
    this.#factory = factory;
    this.#hooks = hooks;
  }

  start(resource: W, now: number, options: AlarmOptions): void {
    this.#alarm.set(now + this.#factory.destroyTimeoutMs, now, options);
    // A throw in the executor is a rejection.
    void new Promise((resolve) => resolve(this.#factory.destroy(resource))).then(
      () => this.#end(undefined),
      (error: unknown) =>
        this.#end(error ?? new Error("Cannot destroy a worker: destroy must not reject, got no reason")),
    );
  }

  #end(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#alarm.clear();
    if (error !== undefined) this.#hooks.onFailed(error);
    this.#hooks.onGone();
  }
}
