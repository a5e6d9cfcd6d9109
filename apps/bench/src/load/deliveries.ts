/** When each of the items 0, 1, 2, ... came out: what is missing then is lost, and what comes again is there twice. */
export class Deliveries {
  readonly #times: Float64Array;
  #delivered = 0;
  #twice = 0;

  constructor(count: number) {
    this.#times = new Float64Array(count).fill(Number.NaN);
  }

  /** Different items. */
  get delivered(): number {
    return this.#delivered;
  }

  get twice(): number {
    return this.#twice;
  }

  has(item: number): boolean {
    return !Number.isNaN(this.#times[item]);
  }

  deliver(items: readonly number[], now: number): void {
    for (const item of items) {
      if (this.has(item)) this.#twice++;
      else {
        this.#times[item] = now;
        this.#delivered++;
      }
    }
  }

  /**
   * How long the items from `first` to before `end` have taken, as far as they came out; sorted.
   *
   * @param scheduled - When each of all items should have been pushed.
   */
  latencies(scheduled: Float64Array, first = 0, end: number = scheduled.length): Float64Array {
    const taken = this.#times.map((time, item) => time - (scheduled[item] ?? Number.NaN)).subarray(first, end);
    return taken.filter((latency) => !Number.isNaN(latency)).sort();
  }
}

/** The smallest value that at least such a share of all is not above; NaN of none. */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}
