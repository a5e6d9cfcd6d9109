import { BackgroundProcessor, type DedupStore } from "@disp/core";

export interface SweepOptions {
  /** What is looked for, for people and in keys. */
  readonly name: string;
  readonly everyMs: number;
  /** Looks for it, and does what has to be done. */
  readonly look: (isFirst: boolean) => Promise<void>;
  /** Shared with the other gateways. */
  readonly keys: DedupStore | undefined;
}

/** Of the time between two: a tick must not come just before the hold of the last sweep ends. */
const HELD = 0.8;
/** When a gateway is killed in the middle of it, another one sweeps after that time. */
const LEASE_MS = 5_000;

/**
 * Looks every few seconds for what nobody has done: what was left by a gateway that was killed, or what has failed. It is a
 * job with a hold: of all gateways that share their keys one does it.
 */
export class Sweep {
  readonly #name: string;
  readonly #everyMs: number;
  readonly #jobs: BackgroundProcessor<boolean>;
  #timer: NodeJS.Timeout | undefined;

  constructor({ name, everyMs, look, keys }: SweepOptions) {
    this.#name = name;
    this.#everyMs = everyMs;
    this.#jobs = new BackgroundProcessor({
      process: look,
      dedup: keys,
      // Without Redis neither rows nor reports are made, so there is nothing to look for.
      whenStoreFails: "refuse",
      leaseMs: LEASE_MS,
      // The next sweep is the next attempt.
      onError: ({ error }) => console.error(`Nobody has looked for ${name}; it will be done in a while:`, error),
    });
  }

  /** The first one is now. */
  start(): void {
    this.#sweep(true);
    // What waits, waits in the database: it keeps no process alive.
    this.#timer = setInterval(() => this.#sweep(false), this.#everyMs).unref();
  }

  async stop({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    clearInterval(this.#timer);
    await this.#jobs.stop({ timeoutMs });
  }

  #sweep(isFirst: boolean): void {
    void this.#jobs.schedule(this.#name, isFirst, { holdMs: this.#everyMs * HELD });
  }
}
