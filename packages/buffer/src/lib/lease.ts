import type { Batch } from "./batch.ts";
import type { BatchRecord } from "./batch-record.ts";
import { checkReason, type DropReason } from "./drop.ts";
import { checkTime } from "./time.ts";

/**
 * The right to work on one batch. It ends exactly once, by one of its three methods; calling a second one throws, so a
 * late answer can never settle what is somebody else's by now.
 */
export interface Lease<T> {
  /** What to work on. */
  readonly batch: Batch<T>;
  /**
   * The batch was delivered.
   *
   * @throws Error when the lease has ended before.
   */
  ack(): void;
  /**
   * The attempt failed. The retry policy says whether and when the batch is ready again; what was shrunk to nothing
   * counts as delivered, and a synthetic batch is not tried again.
   *
   * @param now - The current time in milliseconds, of the clock that `add` was told.
   * @param error - Why; handed to the retry policy, and part of the `Drop` if this was the last attempt.
   * @param delayMs - To be used in place of the policy's delay. The policy still decides whether there is another attempt.
   * @returns when the batch is ready again, or undefined when it is settled.
   * @throws Error when the lease has ended before; TypeError when `now` is no time; RangeError or TypeError when the
   * policy's delay is no number >= 0; and what the policy throws. Then nothing changes: a lease that was out is still
   * out, and has to be ended by another call.
   */
  nack(now: number, error?: unknown, delayMs?: number): number | undefined;
  /**
   * Gives the batch up.
   *
   * @throws Error when the lease has ended before; TypeError when `reason` is no {@link DropReason}: then the lease is
   * still out.
   */
  drop(reason: DropReason, error?: unknown): void;
}

/** The buffer's side of its leases. */
export interface Lessor<T> {
  /** When the policy wants the next attempt; undefined = never. Changes nothing. */
  delayAfter(record: BatchRecord<T>, error: unknown, delayMs: number | undefined): number | undefined;
  delivered(record: BatchRecord<T>): void;
  retried(record: BatchRecord<T>, readyAt: number): void;
  dropped(record: BatchRecord<T>, reason: DropReason, error: unknown): void;
  /** Items that are not among those to keep were delivered. */
  shrunk(record: BatchRecord<T>, keeps: readonly boolean[]): void;
  /** Items that are not among those to keep are given up. */
  rejected(record: BatchRecord<T>, keeps: readonly boolean[], error: unknown): void;
}

export class BatchLease<T> implements Lease<T> {
  readonly batch: LeasedBatch<T>;
  readonly #record: BatchRecord<T>;
  readonly #lessor: Lessor<T>;

  constructor(record: BatchRecord<T>, lessor: Lessor<T>) {
    this.batch = new LeasedBatch(record, lessor);
    this.#record = record;
    this.#lessor = lessor;
  }

  ack(): void {
    this.batch.end("ack");
    this.#lessor.delivered(this.#record);
  }

  nack(now: number, error?: unknown, delayMs?: number): number | undefined {
    this.batch.mustBeLeased("nack");
    checkTime(now);
    const record = this.#record;
    if (record.items.length === 0) {
      this.ack();
      return undefined;
    }
    if (record.place === "passed-over") {
      this.drop("overflow", error);
      return undefined;
    }
    const delay = this.#lessor.delayAfter(record, error, delayMs);
    if (delay === undefined) {
      this.drop("retries-exhausted", error);
      return undefined;
    }
    this.batch.end("nack");
    record.meta = this.batch.meta;
    this.#lessor.retried(record, now + delay);
    return now + delay;
  }

  drop(reason: DropReason, error?: unknown): void {
    this.batch.mustBeLeased("drop");
    checkReason("drop", reason);
    this.batch.end("drop");
    this.#lessor.dropped(this.#record, reason, error);
  }
}

/** One attempt's view of a batch: it keeps what it showed when the lease ended, whatever becomes of the batch. */
class LeasedBatch<T> implements Batch<T> {
  items: readonly T[];
  declare sizes?: readonly number[];
  readonly id: number;
  readonly synthetic: boolean;
  readonly attempt: number;
  meta: unknown;
  readonly #record: BatchRecord<T>;
  readonly #lessor: Lessor<T>;
  #endedBy: "ack" | "nack" | "drop" | undefined;

  constructor(record: BatchRecord<T>, lessor: Lessor<T>) {
    this.id = record.id;
    this.items = record.items;
    this.synthetic = record.synthetic;
    this.attempt = record.attempts;
    this.meta = record.meta;
    if (record.sizes !== undefined) this.sizes = record.sizes;
    this.#record = record;
    this.#lessor = lessor;
  }

  keep(predicate: (item: T, index: number) => boolean): void {
    this.mustBeLeased("keep items");
    const keeps = this.items.map((item, index) => predicate(item, index));
    if (keeps.includes(false)) this.#lessor.shrunk(this.#record, keeps);
    this.#showContents();
  }

  reject(predicate: (item: T, index: number) => boolean, error?: unknown): void {
    this.mustBeLeased("reject items");
    const keeps = this.items.map((item, index) => !predicate(item, index));
    if (keeps.includes(false)) this.#lessor.rejected(this.#record, keeps, error);
    this.#showContents();
  }

  #showContents(): void {
    this.items = this.#record.items;
    if (this.#record.sizes !== undefined) this.sizes = this.#record.sizes;
  }

  mustBeLeased(action: string): void {
    if (this.#endedBy === undefined) return;
    throw new Error(
      `Cannot ${action}: the lease of batch ${this.id} must still be out, got one ended by ${this.#endedBy}`,
    );
  }

  end(by: "ack" | "nack" | "drop"): void {
    this.mustBeLeased(by);
    this.#endedBy = by;
  }
}
