import { Call } from "./call.ts";
import type { Calls } from "./calls.ts";
import type { KeyLease } from "./key-lock.ts";

/** What surrounds the releases. */
export interface ReleasesHost {
  readonly calls: Calls;
  wakeAt(at: number, now: number): void;
  /** None is under way any longer. */
  idle(): void;
}

/**
 * Locks that are on their way back. Nobody waits for them but `stop`, and for each no longer than for a call: a lock that
 * was not given back ends by itself.
 */
export class Releases {
  readonly #host: ReleasesHost;
  readonly #pending = new Set<Call>();
  #failed = 0;

  constructor(host: ReleasesHost) {
    this.#host = host;
  }

  /** How many are under way. */
  get pending(): number {
    return this.#pending.size;
  }

  /** How many have failed so far, or have taken too long. */
  get failed(): number {
    return this.#failed;
  }

  begin(lease: KeyLease): void {
    const call = new Call("lock", { overdue: () => this.#end(call, false) });
    const now = performance.now();
    this.#pending.add(call);
    this.#host.calls.start(call, now);
    this.#host.wakeAt(call.timesOutAt, now);
    release(lease).then(
      () => this.#end(call, true),
      () => this.#end(call, false),
    );
  }

  /** Waits for none of them any longer. */
  abandon(): void {
    for (const call of [...this.#pending]) this.#end(call, false);
  }

  #end(call: Call, isDone: boolean): void {
    if (!this.#pending.delete(call)) return;
    this.#host.calls.end(call);
    if (!isDone) this.#failed += 1;
    if (this.#pending.size === 0) this.#host.idle();
  }
}

/** It may also throw. */
async function release(lease: KeyLease): Promise<void> {
  await lease.release();
}
