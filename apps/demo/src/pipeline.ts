import {
  type AsyncLimiter,
  type Dispatcher,
  DispatcherClosedError,
  type DispatcherStats,
  type Limiter,
  type Summary,
} from "@disp/core";
import { capacityFor, createDelivery, type Overflow } from "./delivery.ts";
import { totalOf } from "./dispatcher-totals.ts";
import type { EventRow } from "./events.ts";
import type { Insert } from "./store-batch.ts";

/** What a dispatcher cannot change while it runs. */
export interface PipelineSettings {
  /** How many statements may run at once. */
  readonly concurrency: number;
  readonly overflow: Overflow;
}

export interface PipelineOptions extends PipelineSettings {
  readonly insert: Insert;
  readonly rateLimit: Limiter | AsyncLimiter;
  /** Told of the size of each batch that is sent for the first time. */
  readonly onBatch?: (rows: number) => void;
  /** Told how long a row took from here to the table, in milliseconds. */
  readonly onStored?: (ms: number) => void;
}

/** The books: `taken` is the sum of the other three whenever no callback is pending. */
export interface Books {
  readonly taken: number;
  readonly stored: number;
  /** Not stored, and whoever brought it was told. */
  readonly refused: number;
  /** In line for room, in the buffer, or being sent. */
  readonly waiting: number;
}

/** So many may empty themselves behind the current one: each holds a buffer of rows. */
const MOST_RETIRING = 4;

/** Those before are still emptying themselves. */
export class PipelineBusyError extends Error {
  override readonly name = "PipelineBusyError";
}

/**
 * The dispatcher of the gateway, which can be replaced while rows come in: a new one takes them from now on, and the old one
 * stores what it has accepted. What it had not accepted goes to the new one. Counts are over all of them.
 */
export class Pipeline {
  readonly #options: PipelineOptions;
  #settings: PipelineSettings;
  #current: Dispatcher<EventRow>;
  /** They take nothing more and store what they have. */
  readonly #retiring = new Set<Dispatcher<EventRow>>();
  /** The sum of those that are over. */
  #past: DispatcherStats | undefined;
  #taken = 0;
  #stored = 0;
  #refused = 0;

  constructor({ concurrency, overflow, ...options }: PipelineOptions) {
    this.#options = { ...options, concurrency, overflow };
    this.#settings = { concurrency, overflow };
    this.#current = this.#create();
  }

  get settings(): PipelineSettings {
    return this.#settings;
  }

  /** "draining": takes nothing, and stores what it has; "drained": that is done. */
  get state(): "open" | "draining" | "drained" {
    if (this.#current.state === "open") return "open";
    return this.#current.state === "drained" && this.#retiring.size === 0 ? "drained" : "draining";
  }

  /** How many rows may be on their way at once. */
  get capacity(): number {
    return capacityFor(this.#settings.concurrency);
  }

  /** Rows that were taken, and what became of them, counted here and not by the dispatchers. */
  get books(): Books {
    const [taken, stored, refused] = [this.#taken, this.#stored, this.#refused];
    return { taken, stored, refused, waiting: taken - stored - refused };
  }

  /**
   * Resolves once the row is stored.
   *
   * @throws ItemDroppedError when it was given up, DispatcherClosedError when it was not taken.
   */
  deliver(row: EventRow): Promise<void> {
    const from = performance.now();
    this.#taken++;
    return this.#hand(row).then(
      () => {
        this.#stored++;
        this.#options.onStored?.(performance.now() - from);
      },
      (error: unknown) => {
        this.#refused++;
        throw error;
      },
    );
  }

  /**
   * Changes what only a new dispatcher can change. Nothing is lost, and nobody is turned away.
   *
   * @throws PipelineBusyError when the last changes are not through.
   */
  change(settings: PipelineSettings): void {
    const { concurrency, overflow } = this.#settings;
    if (concurrency === settings.concurrency && overflow === settings.overflow) return;
    if (this.#current.state === "open") this.#mustHaveRoom();
    this.#settings = { concurrency: settings.concurrency, overflow: settings.overflow };
    if (this.#current.state === "open") this.#replace();
  }

  /** After a drain: takes rows again. */
  resume(): void {
    if (this.#current.state === "open") return;
    this.#mustHaveRoom();
    this.#replace();
  }

  /** Takes nothing more; resolves once all that was taken is stored or given up, with what became of it. */
  async drain(options: { readonly timeoutMs?: number } = {}): Promise<Summary> {
    await Promise.all([this.#current, ...this.#retiring].map((dispatcher) => dispatcher.drain(options)));
    const { accepted, delivered, dropped, abandoned } = this.stats();
    return { accepted, delivered, dropped, abandoned };
  }

  stats(): DispatcherStats {
    const others = [...this.#retiring].map((dispatcher) => dispatcher.stats());
    return totalOf(this.#current.stats(), this.#past === undefined ? others : [...others, this.#past]);
  }

  #create(): Dispatcher<EventRow> {
    return createDelivery({ ...this.#options, ...this.#settings });
  }

  #mustHaveRoom(): void {
    if (this.#retiring.size < MOST_RETIRING) return;
    throw new PipelineBusyError("what was changed before is not through: its rows are still being stored");
  }

  #replace(): void {
    const old = this.#current;
    this.#current = this.#create();
    this.#retiring.add(old);
    void old.drain().then(() => {
      this.#retiring.delete(old);
      this.#past = totalOf(old.stats(), this.#past === undefined ? [] : [this.#past]);
    });
  }

  /** A dispatcher turns those away that stand in line when it closes: they go on to the next one, in the same order. */
  #hand(row: EventRow): Promise<void> {
    const dispatcher = this.#current;
    return dispatcher.deliver(row).catch((error: unknown) => {
      if (error instanceof DispatcherClosedError && dispatcher !== this.#current) return this.#hand(row);
      throw error;
    });
  }
}
