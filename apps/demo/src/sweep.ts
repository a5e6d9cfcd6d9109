import { BackgroundProcessor, type DedupStore } from "@disp/core";

export interface SweepOptions {
  readonly everyMs: number;
  /** Shares younger than this are left to whoever wrote them, except at the start; in milliseconds. */
  readonly minAgeMs: number;
  /** Takes up all shares that are so old. */
  readonly takeUp: (olderThanMs: number) => Promise<void>;
  /** Shared with the other gateways. */
  readonly keys: DedupStore | undefined;
}

const KEY = "sweep";
/** When a gateway is killed in the middle of it, another one sweeps after that time. */
const LEASE_MS = 5_000;
/** Of the time between two: a tick must not come just before the hold of the last sweep ends. */
const HELD = 0.8;

/**
 * Looks into the outbox every few seconds, for shares that nobody has taken up: of a gateway that was killed, or whose save
 * has failed. It is a job with a hold: of all gateways that share their keys one does it.
 */
export class Sweep {
  readonly #everyMs: number;
  readonly #minAgeMs: number;
  readonly #jobs: BackgroundProcessor<number>;
  #timer: NodeJS.Timeout | undefined;

  constructor({ everyMs, minAgeMs, takeUp, keys }: SweepOptions) {
    this.#everyMs = everyMs;
    this.#minAgeMs = minAgeMs;
    this.#jobs = new BackgroundProcessor({
      process: takeUp,
      dedup: keys,
      // Without Redis no row can be saved, so there is nothing to look for.
      whenStoreFails: "refuse",
      leaseMs: LEASE_MS,
      // The next sweep is the next attempt.
      onError: ({ error }) => console.error("The outbox could not be swept, and will be in a while:", error),
    });
  }

  /** The first one is now. */
  start(): void {
    this.#sweep(0);
    // What waits, waits in the database: it keeps no process alive.
    this.#timer = setInterval(() => this.#sweep(this.#minAgeMs), this.#everyMs).unref();
  }

  async stop({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    clearInterval(this.#timer);
    await this.#jobs.stop({ timeoutMs });
  }

  #sweep(olderThanMs: number): void {
    void this.#jobs.schedule(KEY, olderThanMs, { holdMs: this.#everyMs * HELD });
  }
}
