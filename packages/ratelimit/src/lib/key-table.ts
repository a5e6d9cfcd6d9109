/** No slot. */
const NONE = -1;

/**
 * The state of many token buckets in a few arrays, by key: some seventy bytes each instead of a few hundred. It also
 * keeps the keys in the order of their last use.
 */
export class KeyTable<K> {
  readonly #slots = new Map<K, number>();
  readonly #keys: (K | undefined)[] = [];
  readonly #free: number[] = [];
  /** Tokens that each key had at its time `at`. */
  level = new Float64Array(16);
  at = new Float64Array(16);
  usedAt = new Float64Array(16);
  #older = new Int32Array(16);
  #newer = new Int32Array(16);
  #oldest = NONE;
  #newest = NONE;

  get size(): number {
    return this.#slots.size;
  }

  /** The slot of the key unused for longest; undefined when there is none. */
  get oldest(): number | undefined {
    return this.#oldest === NONE ? undefined : this.#oldest;
  }

  find(key: K): number | undefined {
    return this.#slots.get(key);
  }

  /** Adds a key that is not there, as the one used last. */
  add(key: K, level: number, now: number): number {
    const slot = this.#free.pop() ?? this.#keys.length;
    if (slot === this.level.length) this.#grow();
    this.#slots.set(key, slot);
    this.#keys[slot] = key;
    this.level[slot] = level;
    this.at[slot] = now;
    this.#append(slot, now);
    return slot;
  }

  /** Makes a key the one used last. */
  touch(slot: number, now: number): void {
    this.usedAt[slot] = now;
    if (slot === this.#newest) return;
    this.#unlink(slot);
    this.#append(slot, now);
  }

  remove(slot: number): void {
    this.#slots.delete(this.#keys[slot] as K);
    this.#keys[slot] = undefined;
    this.#unlink(slot);
    this.#free.push(slot);
  }

  #append(slot: number, now: number): void {
    this.usedAt[slot] = now;
    this.#older[slot] = this.#newest;
    this.#newer[slot] = NONE;
    if (this.#newest === NONE) this.#oldest = slot;
    else this.#newer[this.#newest] = slot;
    this.#newest = slot;
  }

  #unlink(slot: number): void {
    const older = this.#older[slot] as number;
    const newer = this.#newer[slot] as number;
    if (older === NONE) this.#oldest = newer;
    else this.#newer[older] = newer;
    if (newer === NONE) this.#newest = older;
    else this.#older[newer] = older;
  }

  #grow(): void {
    const length = this.level.length * 2;
    this.level = copy(this.level, new Float64Array(length));
    this.at = copy(this.at, new Float64Array(length));
    this.usedAt = copy(this.usedAt, new Float64Array(length));
    this.#older = copy(this.#older, new Int32Array(length));
    this.#newer = copy(this.#newer, new Int32Array(length));
  }
}

function copy<Numbers extends Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer>>(
  from: Numbers,
  to: Numbers,
): Numbers {
  to.set(from);
  return to;
}
