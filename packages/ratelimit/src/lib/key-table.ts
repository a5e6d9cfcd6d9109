import { Deque } from "@disp/sync-queue";

/** Each slot is four numbers in a row, so that a look at a key costs one cache line. */
const STRIDE = 4;
const LEVEL = 0;
const AT = 1;
const USED_AT = 2;
const QUEUED_AT = 3;

/**
 * The state of many token buckets in one array of numbers, by key: some ninety bytes each instead of a few hundred.
 *
 * It also knows which keys are unused for longest, roughly and cheaply: keys stand in a queue, and one that reaches its
 * front and was used since it joined goes to the back again. So a use costs one write, and no list is reordered.
 */
export class KeyTable<K> {
  readonly #slots = new Map<K, number>();
  readonly #keys: (K | undefined)[] = [];
  readonly #free: number[] = [];
  readonly #queue = new Deque<number>();
  #state = new Float64Array(16 * STRIDE);

  get size(): number {
    return this.#slots.size;
  }

  find(key: K): number | undefined {
    return this.#slots.get(key);
  }

  /** Adds a key that is not there. */
  add(key: K, level: number, now: number): number {
    const slot = this.#free.pop() ?? this.#keys.length;
    if (slot * STRIDE === this.#state.length) this.#grow();
    this.#slots.set(key, slot);
    this.#keys[slot] = key;
    this.setTokens(slot, level, now);
    this.touch(slot, now);
    this.#enqueue(slot, now);
    return slot;
  }

  /** Notes that a key is used. */
  touch(slot: number, now: number): void {
    this.#state[slot * STRIDE + USED_AT] = now;
  }

  /** The tokens of a key at `now`, without a limit. */
  tokens(slot: number, now: number, ratePerSecond: number): number {
    const start = slot * STRIDE;
    const elapsed = now - (this.#state[start + AT] as number);
    return (this.#state[start + LEVEL] as number) + (elapsed * ratePerSecond) / 1_000;
  }

  /** Whether `n` tokens are there, by the time at which they are due: see TokenBucket. */
  isDue(slot: number, n: number, now: number, ratePerSecond: number): boolean {
    const start = slot * STRIDE;
    const level = this.#state[start + LEVEL] as number;
    return (this.#state[start + AT] as number) + ((n - level) * 1_000) / ratePerSecond <= now;
  }

  setTokens(slot: number, level: number, now: number): void {
    this.#state[slot * STRIDE + LEVEL] = level;
    this.#state[slot * STRIDE + AT] = now;
  }

  /** Takes tokens without moving the time from which they are counted, so that nothing is rounded twice. */
  take(slot: number, n: number): void {
    const index = slot * STRIDE + LEVEL;
    this.#state[index] = (this.#state[index] as number) - n;
  }

  /** The key at the front of the queue, if it joined no later than `before`; keys used since are sent to the back. */
  idleSince(before: number, now: number): number | undefined {
    for (let tries = this.#queue.size; tries > 0; tries -= 1) {
      const slot = this.#queue.peekFront() as number;
      const start = slot * STRIDE;
      if ((this.#state[start + QUEUED_AT] as number) > before) return undefined;
      if ((this.#state[start + USED_AT] as number) <= before) return slot;
      this.spare(now);
    }
    return undefined;
  }

  /** The key at the front of the queue, after those that were used since they joined had their second chance. */
  leastUsed(now: number): number | undefined {
    for (let tries = this.#queue.size; tries > 0; tries -= 1) {
      const slot = this.#queue.peekFront() as number;
      const start = slot * STRIDE;
      if ((this.#state[start + USED_AT] as number) <= (this.#state[start + QUEUED_AT] as number)) return slot;
      this.spare(now);
    }
    return this.#queue.peekFront();
  }

  /** Sends the key at the front of the queue to its back. */
  spare(now: number): void {
    const slot = this.#queue.popFront();
    if (slot !== undefined) this.#enqueue(slot, now);
  }

  /** Forgets the key at the front of the queue. */
  forget(): void {
    const slot = this.#queue.popFront();
    if (slot === undefined) return;
    this.#slots.delete(this.#keys[slot] as K);
    this.#keys[slot] = undefined;
    this.#free.push(slot);
  }

  #enqueue(slot: number, now: number): void {
    this.#state[slot * STRIDE + QUEUED_AT] = now;
    this.#queue.pushBack(slot);
  }

  #grow(): void {
    const grown = new Float64Array(this.#state.length * 2);
    grown.set(this.#state);
    this.#state = grown;
  }
}
