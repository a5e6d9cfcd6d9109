import type { Dialect } from "./dialect.ts";

/**
 * Where commands wait while the client connects, instead of in the client's own queue: a command whose time is over
 * leaves this line, while one in a client's queue would be sent long after its caller has given it up.
 */
export class Readiness {
  readonly #dialect: Pick<Dialect, "isSettled" | "onSettled">;
  readonly #waiting = new Set<() => void>();
  #stopListening: (() => void) | undefined;

  constructor(dialect: Pick<Dialect, "isSettled" | "onSettled">) {
    this.#dialect = dialect;
  }

  /** Calls `begin` as soon as a command can be sent: at once, if that is now. */
  whenReady(begin: () => void): void {
    if (this.#dialect.isSettled()) {
      begin();
      return;
    }
    this.#waiting.add(begin);
    this.#stopListening ??= this.#dialect.onSettled(() => this.#letAllGo());
  }

  /** Waits no longer. */
  leave(begin: () => void): void {
    this.#waiting.delete(begin);
    if (this.#waiting.size === 0) this.#listenNoMore();
  }

  #letAllGo(): void {
    if (!this.#dialect.isSettled()) return;
    this.#listenNoMore();
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const begin of all) begin();
  }

  #listenNoMore(): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
  }
}
