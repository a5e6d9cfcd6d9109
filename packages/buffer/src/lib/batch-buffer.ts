import { Admission } from "./admission.ts";
import { BatchRecord } from "./batch-record.ts";
import { checkReason, type DropReason } from "./drop.ts";
import { DropReports } from "./drop-reports.ts";
import { FifoOrder } from "./fifo-order.ts";
import { itemSize } from "./item-size.ts";
import { BatchLease, type Lease, type Lessor } from "./lease.ts";
import { Ledger } from "./ledger.ts";
import { type BatchBufferOptions, normalize, type ResolvedOptions } from "./options.ts";
import type { OverflowDecision } from "./overflow-policy.ts";
import { ReadyOrder } from "./ready-order.ts";
import type { Receipt } from "./receipt.ts";
import { type BufferStats, NOTHING, sum } from "./stats.ts";
import { checkDelay, checkTime } from "./time.ts";
import { UnsettledBatches } from "./unsettled-batches.ts";
import type { WaitingBatches } from "./waiting-batches.ts";

/**
 * Collects items into batches and leases the batches out.
 *
 * The newest batch grows until it is full by count, full by size, old enough, or flushed; then it is cut and waits to be
 * leased. A lease ends in `ack` (delivered), `nack` (tried again as the retry policy says, or dropped) or `drop`.
 *
 * Settlement law: every accepted item ends exactly once, delivered or as part of one {@link Drop}.
 *
 * The buffer is pure: it reads no clock. `now` is a time in milliseconds from whichever clock the caller uses, the same
 * one at every call. A clock that steps back delays what waits for an age or a backoff, and nothing else.
 *
 * Cost: `add` is O(1), everything else O(log batches) or better, but for `leaseAll` and `dropAll`.
 *
 * **Ordering**: with `order: "ready"` batches come out as they become ready; with `"fifo"` in the order of the items.
 *
 * **Overflow**: see {@link blockNewItems}, {@link dropOldestBatch}, {@link dropNewest} and {@link unbounded}. Live items
 * alone count: those that wait and those on a lease that was not passed over.
 *
 * @example
 * ```ts
 * import { BatchBuffer } from "@disp/buffer";
 *
 * const buffer = new BatchBuffer<string>({ maxItems: 2 });
 * buffer.add("a", 0);
 * buffer.add("b", 5); // full: the batch is cut
 * buffer.add("c", 6); // opens the next one
 *
 * const lease = buffer.lease(6);
 * lease?.batch.items; // => ["a", "b"]
 * lease?.ack();
 * buffer.nextReadyAt(); // => 10_006
 * buffer.stats().unleased.items; // => 1
 * ```
 */
export class BatchBuffer<T> {
  readonly #options: ResolvedOptions<T>;
  readonly #ledger = new Ledger();
  readonly #admission: Admission<T>;
  readonly #unsettled = new UnsettledBatches<T>();
  readonly #waiting: WaitingBatches<T>;
  #growing: BatchRecord<T> | undefined;
  /** When the growing batch was opened that was given up for a newcomer: the newcomer's batch is as old. */
  #inheritedAge: number | undefined;
  /** So many items may still join the growing batch with nothing to decide but their size. */
  #unasked = 0;
  #newestId = 0;
  #leases = 0;
  #hasSyntheticWaiting = false;
  readonly #drops: DropReports<T>;

  /** @throws TypeError or RangeError when an option is wrong; the message names its path, the rule and the value. */
  constructor(options?: BatchBufferOptions<T>) {
    this.#options = normalize(options);
    this.#admission = new Admission(this.#options, this.#ledger);
    this.#drops = new DropReports(this.#options.onDrop);
    this.#waiting = this.#options.order === "fifo" ? new FifoOrder<T>() : new ReadyOrder<T>();
  }

  /**
   * Takes in one item.
   *
   * @param item - Any value, `undefined` included.
   * @param now - The current time. It matters only when the item opens a batch: see {@link BatchBuffer.joinsGrowing}.
   * @param size - Its size in the caller's unit. Required and greater than 0 when `maxSize` limits the batches.
   * @param receipt - Told how this very item ends.
   * @returns false when the buffer is full and the policy refuses newcomers: nothing was changed.
   * @throws ItemTooLargeError when it fits no batch or could never fit the overflow limits; ItemTooSmallError when its
   * size is negative, or zero though batches are limited by size; TypeError when its size is no number. Nothing was changed.
   */
  add(item: T, now: number, size?: number, receipt?: Receipt): boolean {
    if (this.join(item, receipt, size)) return true;
    const weight = itemSize(size, this.#options.sizeLimits);
    const decision = this.#decide(weight);
    if (decision === "accept") this.#append(item, now, size, weight, receipt);
    else if (decision === "drop-newcomer") this.#turnAway(item, weight, receipt);
    if (!this.#drops.isEmpty) this.#drops.send();
    return decision === "accept" || decision === "drop-newcomer";
  }

  /**
   * Takes in an item if there is nothing to decide: a batch is growing that it will not fill, by count or by size, and there
   * is room, whatever the size of what is live. It does what `add` would do, in fewer steps and without the time.
   *
   * @param size - As for `add`.
   * @returns false when the item was not taken in: ask `add`, which says what is wrong with it, if anything is.
   */
  join(item: T, receipt?: Receipt, size?: number): boolean {
    const growing = this.#growing;
    if (this.#unasked === 0 || growing === undefined || !this.#admission.isJoiner(size, growing)) return false;
    this.#unasked -= 1;
    growing.append(item, size, receipt);
    return true;
  }

  /**
   * Adds an empty batch, ready at once, that only serves to send something.
   *
   * @returns false when one is waiting already or the buffer refuses newcomers.
   */
  addSynthetic(now: number): boolean {
    checkTime(now);
    if (this.#hasSyntheticWaiting || !this.canAdd()) return false;
    // Batches wait in the order in which they were opened: the overflow policy gives up the oldest by it.
    this.flush(now);
    const record = this.#open(now, true);
    record.readyAt = now;
    this.#hasSyntheticWaiting = true;
    this.#waiting.add(record);
    return true;
  }

  /**
   * Whether `add` would take an item of this size now.
   *
   * @param size - 0 = an item that needs no room but a place.
   */
  canAdd(size = 0): boolean {
    return this.#admission.ask(this.#growing, size) !== "refuse";
  }

  /**
   * Throws what `add` would throw for an item of this size, however full the buffer is.
   *
   * @throws ItemTooLargeError, ItemTooSmallError or TypeError.
   */
  checkSize(size?: number): void {
    itemSize(size, this.#options.sizeLimits);
  }

  /** Cuts the growing batch, if there is one: it is ready now, however small. */
  flush(now: number): void {
    checkTime(now);
    if (this.#growing !== undefined) this.#cut(this.#growing, now);
  }

  /** Leases the next batch that is ready; undefined when none is, or when `maxLeases` are out. */
  lease(now: number): Lease<T> | undefined {
    checkTime(now);
    if (this.#leases >= this.#options.maxLeases) return undefined;
    let record = this.#waiting.take(now);
    // A batch that is old enough goes on growing while others are ready before it.
    if (record === undefined && this.#growing !== undefined && this.#nextReadyAt() <= now) {
      this.#cut(this.#growing, now);
      record = this.#waiting.take(now);
    }
    return record && this.#leaseOut(record);
  }

  /**
   * Leases everything, ready or not: what grows, what backs off, and more than `maxLeases`, oldest first. It is for a last
   * attempt before the end; for all that is ready call {@link BatchBuffer.lease} until it returns undefined.
   */
  leaseAll(now: number): Lease<T>[] {
    this.flush(now);
    return this.#waiting.takeAll().map((record) => this.#leaseOut(record));
  }

  /**
   * Drops everything that waits, oldest first: for calling it all off. What is leased is left to its lease.
   *
   * @throws TypeError when `reason` is no {@link DropReason}.
   */
  dropAll(reason: DropReason, error?: unknown): void {
    checkReason("drop all", reason);
    const records = this.#waiting.takeAll();
    if (this.#growing !== undefined) {
      records.push(this.#growing);
      this.#stopGrowing(this.#growing);
    }
    this.#hasSyntheticWaiting = false;
    for (const record of records) this.#drop(record, "unleased", reason, error);
    this.#drops.send();
  }

  /**
   * When the next batch is ready, in the past if one is; undefined when none will be by itself. It does not say whether
   * a lease is free.
   */
  nextReadyAt(): number | undefined {
    const readyAt = this.#nextReadyAt();
    return readyAt === Infinity ? undefined : readyAt;
  }

  /** Whether an item of this size would join the growing batch; if not, it opens one, and `now` is of importance. */
  joinsGrowing(size = 0): boolean {
    return this.#growing !== undefined && this.#growing.size + size <= this.#options.maxSize;
  }

  /** The id of the batch that newcomers join; undefined when the next one opens a batch. */
  get growingId(): number | undefined {
    return this.#growing?.id;
  }

  /** The id of the newest batch so far; 0 before the first. */
  get newestId(): number {
    return this.#newestId;
  }

  /** The id of the oldest batch that is not settled; undefined when all are. */
  get oldestId(): number | undefined {
    return this.#unsettled.oldestId;
  }

  /** A snapshot of where all items are. */
  stats(): BufferStats {
    const growing =
      this.#growing === undefined ? NOTHING : { items: this.#growing.items.length, size: this.#growing.size };
    const unleased = sum(this.#ledger.amount("unleased"), growing);
    const leased = this.#ledger.amount("leased");
    const droppedLeased = this.#ledger.amount("droppedLeased");
    const batches = this.#waiting.size + (this.#growing === undefined ? 0 : 1);
    return {
      unleased,
      leased,
      droppedLeased,
      delivered: this.#ledger.amount("delivered"),
      dropped: this.#ledger.amount("dropped"),
      total: sum(unleased, leased, droppedLeased),
      batches,
      leases: this.#leases,
      empty: batches === 0 && this.#leases === 0,
    };
  }

  // --- Taking in ---

  /** Asks the policy, and gives up the oldest batch for as long as it wants that. */
  #decide(weight: number): OverflowDecision {
    let decision = this.#admission.ask(this.#growing, weight);
    while (decision === "drop-oldest") {
      const oldest = this.#unsettled.oldestLive;
      // With nothing left to give up, there is nothing left but to refuse.
      if (oldest === undefined) return "refuse";
      this.#passOver(oldest);
      decision = this.#admission.ask(this.#growing, weight);
    }
    return decision;
  }

  #append(item: T, now: number, size: number | undefined, weight: number, receipt: Receipt | undefined): void {
    const { maxItems, maxSize } = this.#options;
    let batch = this.#growing;
    if (batch !== undefined && batch.size + weight > maxSize) {
      this.#cut(batch, now);
      batch = undefined;
    }
    if (batch === undefined) {
      checkTime(now);
      batch = this.#open(this.#inheritedAge ?? now, false);
      this.#inheritedAge = undefined;
      this.#growing = batch;
    }
    batch.append(item, size, receipt);
    if (batch.items.length >= maxItems || batch.size >= maxSize) this.#cut(batch, now);
    else this.#unasked = this.#admission.joiners(batch);
  }

  #open(now: number, synthetic: boolean): BatchRecord<T> {
    this.#newestId += 1;
    const record = new BatchRecord<T>(this.#newestId, now, synthetic);
    this.#unsettled.append(record);
    return record;
  }

  #cut(growing: BatchRecord<T>, now: number): void {
    growing.readyAt = now;
    this.#stopGrowing(growing);
    this.#waiting.add(growing);
  }

  /** Items are entered in the ledger batch by batch: one by one they cost nothing but their place in the batch. */
  #stopGrowing(growing: BatchRecord<T>): void {
    this.#growing = undefined;
    this.#unasked = 0;
    growing.seal();
    this.#ledger.enter("unleased", growing.items.length, growing.size);
  }

  #nextReadyAt(): number {
    const { maxAgeMs } = this.#options;
    return this.#waiting.nextReadyAt(this.#growing === undefined ? Infinity : this.#growing.openedAt + maxAgeMs);
  }

  // --- Handing out and taking back ---

  #leaseOut(record: BatchRecord<T>): Lease<T> {
    record.place = "leased";
    record.attempts += 1;
    this.#leases += 1;
    if (record.synthetic) this.#hasSyntheticWaiting = false;
    this.#ledger.move("unleased", "leased", record.items.length, record.size);
    return new BatchLease(record, this.#lessor);
  }

  readonly #lessor: Lessor<T> = {
    delayAfter: (record, error, delayMs) => {
      const delay = this.#options.retry.nextDelayMs(record.attempts, error);
      if (delay === undefined) return undefined;
      checkDelay("nextDelayMs()", delay);
      return delayMs === undefined ? delay : checkDelay("delayMs", delayMs);
    },
    delivered: (record) => {
      const bucket = this.#endLease(record);
      this.#ledger.move(bucket, "delivered", record.items.length, record.size);
      this.#forget(record);
      record.receipts?.forEach((receipt) => receipt?.delivered());
    },
    retried: (record, readyAt) => {
      const bucket = this.#endLease(record);
      this.#ledger.move(bucket, "unleased", record.items.length, record.size);
      record.place = "waiting";
      record.readyAt = readyAt;
      this.#waiting.retry(record);
    },
    dropped: (record, reason, error) => {
      this.#drop(record, this.#endLease(record), reason, error);
      this.#drops.send();
    },
    shrunk: (record, keeps) => {
      const { items, size, receipts } = record.retain(keeps);
      this.#ledger.move(record.leasedBucket, "delivered", items.length, size);
      receipts?.forEach((receipt) => receipt?.delivered());
    },
    rejected: (record, keeps, error) => {
      const { items, size, receipts } = record.retain(keeps);
      this.#ledger.move(record.leasedBucket, "dropped", items.length, size);
      this.#drops.add(record.dropOf(items, "rejected", error), receipts);
      this.#drops.send();
    },
  };

  #endLease(record: BatchRecord<T>): "leased" | "droppedLeased" {
    this.#leases -= 1;
    return record.leasedBucket;
  }

  // --- Giving up ---

  #turnAway(item: T, weight: number, receipt: Receipt | undefined): void {
    this.#ledger.enter("dropped", 1, weight);
    this.#drops.add({ items: [item], reason: "overflow", attempts: 0 }, receipt && [receipt]);
  }

  /** Gives up the oldest live batch: at once when it waits, at the end of its lease when it is leased. */
  #passOver(oldest: BatchRecord<T>): void {
    if (oldest.place === "leased") {
      this.#ledger.move("leased", "droppedLeased", oldest.items.length, oldest.size);
      oldest.place = "passed-over";
      this.#unsettled.passOver(oldest);
      return;
    }
    if (oldest === this.#growing) {
      // Were the newcomer's batch to start young, a steady stream of newcomers would put off the send for ever.
      this.#inheritedAge = oldest.openedAt;
      this.#stopGrowing(oldest);
    } else this.#waiting.removeOldest(oldest);
    if (oldest.synthetic) this.#hasSyntheticWaiting = false;
    this.#drop(oldest, "unleased", "overflow", undefined);
  }

  #drop(
    record: BatchRecord<T>,
    from: "unleased" | "leased" | "droppedLeased",
    reason: DropReason,
    error: unknown,
  ): void {
    const { items, size, receipts } = record;
    this.#ledger.move(from, "dropped", items.length, size);
    this.#forget(record);
    if (items.length > 0) this.#drops.add(record.dropOf(items, reason, error), receipts);
  }

  #forget(record: BatchRecord<T>): void {
    this.#unsettled.settle(record);
    record.place = "settled";
  }
}
