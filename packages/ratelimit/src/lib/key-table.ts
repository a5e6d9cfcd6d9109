/** Each slot is six numbers in a row, so that a look at a key costs one cache line or two. */
const STRIDE = 6;
const LEVEL = 0;
const AT = 1;
const USED_AT = 2;
const QUEUED_AT = 3;
const PREVIOUS = 4;
const NEXT = 5;

const SMALLEST = 16;
const NONE = -1;

/**
 * The state of many token buckets in one array of numbers, by key: some hundred bytes each instead of a few hundred.
 *
 * It also knows which keys are unused for longest, roughly and cheaply: keys stand in a queue, and one that reaches its
 * front and was used since it joined goes to the back again. So a use costs one write, and no list is reordered.
 *
 * Invariant: the slots in use are the first `size` ones. When a key is forgotten the last slot moves to its place, so the
 * array shrinks as it grew. A slot is good until the next key is forgotten.
 */
export class KeyTable<K> {
  readonly #slots = new Map<K, number>();
  readonly #keys: K[] = [];
  /** The ends of the queue, a list within the state. */
  #front = NONE;
  #back = NONE;
  #state = new Float64Array(SMALLEST * STRIDE);

  get size(): number {
    return this.#keys.length;
  }

  /** How many slots it has allocated at present. */
  get capacity(): number {
    return this.#state.length / STRIDE;
  }

  find(key: K): number | undefined {
    return this.#slots.get(key);
  }

  keyOf(slot: number): K {
    return this.#keys[slot] as K;
  }

  /** Adds a key that is not there. */
  add(key: K, level: number, now: number): number {
    const slot = this.#keys.length;
    if (slot === this.capacity) this.#resize(2 * slot);
    this.#slots.set(key, slot);
    this.#keys.push(key);
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

  /**
   * The key at the front of the queue, if it joined no later than `before`. One that was used since is sent to the back,
   * and so is the next, at most `tries` of them.
   */
  idleSince(before: number, now: number, tries: number = this.size): number | undefined {
    for (let left = tries; left > 0 && this.#front !== NONE; left -= 1) {
      const slot = this.#front;
      const start = slot * STRIDE;
      if ((this.#state[start + QUEUED_AT] as number) > before) return undefined;
      if ((this.#state[start + USED_AT] as number) <= before) return slot;
      this.spare(now);
    }
    return undefined;
  }

  /** The key at the front of the queue, after those that were used since they joined had their second chance. */
  leastUsed(now: number): number | undefined {
    for (let tries = this.size; tries > 0; tries -= 1) {
      const slot = this.#front;
      const start = slot * STRIDE;
      if ((this.#state[start + USED_AT] as number) <= (this.#state[start + QUEUED_AT] as number)) return slot;
      this.spare(now);
    }
    return this.#front === NONE ? undefined : this.#front;
  }

  /** Sends the key at the front of the queue to its back. */
  spare(now: number): void {
    const slot = this.#front;
    if (slot === NONE) return;
    this.#dequeue();
    this.#enqueue(slot, now);
  }

  /** Forgets the key at the front of the queue. */
  forget(): void {
    const slot = this.#front;
    if (slot === NONE) return;
    this.#dequeue();
    this.#slots.delete(this.keyOf(slot));
    const last = this.#keys.pop() as K;
    if (slot !== this.size) this.#move(last, this.size, slot);
    if (this.capacity > SMALLEST && this.size <= this.capacity / 4) this.#resize(this.capacity / 2);
  }

  #move(key: K, from: number, to: number): void {
    this.#keys[to] = key;
    this.#slots.set(key, to);
    this.#state.copyWithin(to * STRIDE, from * STRIDE, (from + 1) * STRIDE);
    this.#join(this.#state[to * STRIDE + PREVIOUS] as number, to);
    this.#join(to, this.#state[to * STRIDE + NEXT] as number);
  }

  #enqueue(slot: number, now: number): void {
    this.#state[slot * STRIDE + QUEUED_AT] = now;
    this.#join(this.#back, slot);
    this.#join(slot, NONE);
  }

  #dequeue(): void {
    this.#join(NONE, this.#state[this.#front * STRIDE + NEXT] as number);
  }

  /** Makes two slots neighbours in the queue; NONE is what lies beyond its ends. */
  #join(previous: number, next: number): void {
    if (previous === NONE) this.#front = next;
    else this.#state[previous * STRIDE + NEXT] = next;
    if (next === NONE) this.#back = previous;
    else this.#state[next * STRIDE + PREVIOUS] = previous;
  }

  #resize(capacity: number): void {
    const resized = new Float64Array(capacity * STRIDE);
    resized.set(this.#state.subarray(0, this.size * STRIDE));
    this.#state = resized;
  }
}
