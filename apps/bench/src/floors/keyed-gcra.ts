/** {@link Gcra} for each of a known number of keys. */
export class KeyedGcra {
  readonly #perToken: number;
  readonly #burstMs: number;
  readonly #places = new Map<string, number>();
  readonly #fullAt: Float64Array;

  constructor(ratePerSecond: number, burst: number, keys: number) {
    this.#perToken = 1_000 / ratePerSecond;
    this.#burstMs = burst * this.#perToken;
    this.#fullAt = new Float64Array(keys);
  }

  allow(key: string): boolean {
    const now = performance.now();
    const place = this.#placeOf(key);
    const last = this.#fullAt[place] as number;
    const fullAt = (last > now ? last : now) + this.#perToken;
    if (fullAt - now > this.#burstMs) return false;
    this.#fullAt[place] = fullAt;
    return true;
  }

  #placeOf(key: string): number {
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = this.#places.size;
    this.#places.set(key, place);
    return place;
  }
}
