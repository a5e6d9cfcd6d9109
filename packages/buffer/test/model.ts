/** The buffer's rules written down as plainly as possible, at any cost: arrays, searched from one end to the other. */
export interface ModelOptions {
  readonly maxItems: number;
  readonly maxSize: number;
  readonly maxAgeMs: number;
  readonly maxLeases: number;
  readonly order: "ready" | "fifo";
  readonly overflow: "block" | "drop-oldest" | "drop-newest";
  readonly maxLiveItems: number;
  readonly maxLiveSize: number;
  readonly delayMs: number;
  readonly maxRetries: number;
}

export interface ModelItem {
  readonly name: number;
  readonly size: number;
}

export interface ModelBatch {
  readonly id: number;
  items: ModelItem[];
  place: "growing" | "waiting" | "leased" | "passed-over" | "settled";
  readonly openedAt: number;
  readyAt: number;
  attempts: number;
  readonly synthetic?: boolean;
}

const sizeOf = (items: readonly ModelItem[]) => items.reduce((sum, { size }) => sum + size, 0);

export class BufferModel {
  readonly options: ModelOptions;
  readonly batches: ModelBatch[] = [];
  readonly delivered: number[] = [];
  readonly dropped: number[] = [];
  accepted = 0;
  /** When the growing batch that was given up for the newcomer had been opened. */
  #inheritedAge: number | undefined;

  constructor(options: ModelOptions) {
    this.options = options;
  }

  live(): ModelBatch[] {
    return this.batches.filter(({ place }) => place !== "passed-over" && place !== "settled");
  }

  liveItems(): number {
    return this.live().reduce((sum, { items }) => sum + items.length, 0);
  }

  liveSize(): number {
    return this.live().reduce((sum, { items }) => sum + sizeOf(items), 0);
  }

  leased(): ModelBatch[] {
    return this.batches.filter(({ place }) => place === "leased" || place === "passed-over");
  }

  growing(): ModelBatch | undefined {
    return this.batches.find(({ place }) => place === "growing");
  }

  hasRoom(size: number): boolean {
    const { maxLiveItems, maxLiveSize } = this.options;
    const liveSize = this.liveSize();
    return this.liveItems() < maxLiveItems && liveSize < maxLiveSize && liveSize + size <= maxLiveSize;
  }

  add(item: ModelItem, now: number): boolean {
    const { overflow, maxItems, maxSize } = this.options;
    if (!this.hasRoom(item.size)) {
      if (overflow === "block") return false;
      if (overflow === "drop-newest") {
        this.accepted += 1;
        this.dropped.push(item.name);
        return true;
      }
      while (!this.hasRoom(item.size)) this.passOver(this.live()[0] as ModelBatch);
    }
    let batch = this.growing();
    if (batch !== undefined && sizeOf(batch.items) + item.size > maxSize) this.cut(now);
    batch = this.growing();
    if (batch === undefined) {
      const openedAt = this.#inheritedAge ?? now;
      batch = { id: this.batches.length + 1, items: [], place: "growing", openedAt, readyAt: now, attempts: 0 };
      this.batches.push(batch);
    }
    this.#inheritedAge = undefined;
    this.accepted += 1;
    batch.items.push(item);
    if (batch.items.length >= maxItems || sizeOf(batch.items) >= maxSize) this.cut(now);
    return true;
  }

  addSynthetic(now: number): boolean {
    const isWaiting = this.batches.some(({ place, synthetic }) => place === "waiting" && synthetic === true);
    const refuses = this.options.overflow === "block" && !this.hasRoom(0);
    if (isWaiting || refuses) return false;
    this.cut(now);
    const id = this.batches.length + 1;
    this.batches.push({ id, items: [], place: "waiting", openedAt: now, readyAt: now, attempts: 0, synthetic: true });
    return true;
  }

  cut(now: number): void {
    const batch = this.growing();
    if (batch === undefined) return;
    batch.place = "waiting";
    batch.readyAt = now;
  }

  passOver(batch: ModelBatch): void {
    if (batch.place === "growing") this.#inheritedAge = batch.openedAt;
    if (batch.place === "leased") batch.place = "passed-over";
    else this.drop(batch);
  }

  drop(batch: ModelBatch): void {
    batch.place = "settled";
    this.dropped.push(...batch.items.map(({ name }) => name));
  }

  ack(batch: ModelBatch): void {
    batch.place = "settled";
    this.delivered.push(...batch.items.map(({ name }) => name));
  }

  nack(batch: ModelBatch, now: number): void {
    if (batch.items.length === 0) this.ack(batch);
    else if (batch.place === "passed-over" || batch.attempts > this.options.maxRetries) this.drop(batch);
    else {
      batch.place = "waiting";
      batch.readyAt = now + this.options.delayMs;
    }
  }

  keep(batch: ModelBatch, predicate: (name: number) => boolean): void {
    this.delivered.push(...batch.items.filter(({ name }) => !predicate(name)).map(({ name }) => name));
    batch.items = batch.items.filter(({ name }) => predicate(name));
  }

  nextReady(now: number): ModelBatch | undefined {
    const waiting = this.batches.filter(({ place }) => place === "waiting");
    if (this.options.order === "fifo") waiting.splice(1);
    return waiting.filter(({ readyAt }) => readyAt <= now).sort(byReadiness)[0];
  }

  reject(batch: ModelBatch, predicate: (name: number) => boolean): void {
    this.dropped.push(...batch.items.filter(({ name }) => predicate(name)).map(({ name }) => name));
    batch.items = batch.items.filter(({ name }) => !predicate(name));
  }

  lease(now: number): ModelBatch | undefined {
    if (this.leased().length >= this.options.maxLeases) return undefined;
    let next = this.nextReady(now);
    const growing = this.growing();
    const isOld = growing !== undefined && growing.openedAt + this.options.maxAgeMs <= now;
    const isBehind = this.options.order === "fifo" && this.batches.some(({ place }) => place === "waiting");
    if (next === undefined && isOld && !isBehind) {
      this.cut(now);
      next = this.nextReady(now);
    }
    if (next === undefined) return undefined;
    next.place = "leased";
    next.attempts += 1;
    return next;
  }
}

/** A batch that was tried before goes first when both became ready at the same time. */
function byReadiness(a: ModelBatch, b: ModelBatch): number {
  const byTime = a.readyAt - b.readyAt;
  if (byTime !== 0) return byTime;
  const byTries = Math.min(b.attempts, 1) - Math.min(a.attempts, 1);
  return byTries === 0 ? a.id - b.id : byTries;
}
