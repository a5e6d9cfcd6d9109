/** Milliseconds of which a share of all measurements was no longer, to within 7 % of the true value. */
export interface Percentiles {
  /** Half of all took no longer. */
  readonly p50: number;
  /** 90 of 100 took no longer. */
  readonly p90: number;
  /** 99 of 100 took no longer. */
  readonly p99: number;
  /** The longest, exactly. */
  readonly max: number;
}

const STEPS_LOG2 = 3;
const STEPS = 2 ** STEPS_LOG2;
/** Enough for 2^31 microseconds, 35 minutes; what is longer is counted in the last one. */
const BUCKETS = (32 - STEPS_LOG2) * STEPS;
const LONGEST_US = 2 ** 31 - 1;

/**
 * Durations, counted in a fixed number of buckets: eight to each doubling of the microsecond, so that a bucket is at
 * most an eighth wide and the middle of it at most 7 % off. It never grows, and a measurement costs some nanoseconds.
 *
 * The scheme is that of HdrHistogram by Gil Tene, with the least precision.
 */
export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #total = 0;
  #max = 0;

  add(ms: number): void {
    this.#total += 1;
    if (ms > this.#max) this.#max = ms;
    const index = bucketOf(Math.min(LONGEST_US, ms * 1_000));
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  /** Zero for all while nothing was measured. */
  percentiles(): Percentiles {
    return { p50: this.#percentile(0.5), p90: this.#percentile(0.9), p99: this.#percentile(0.99), max: this.#max };
  }

  #percentile(share: number): number {
    const rank = Math.ceil(this.#total * share);
    let seen = 0;
    for (let index = 0; index < BUCKETS; index += 1) {
      seen += this.#counts[index] ?? 0;
      if (seen >= rank) return this.#total === 0 ? 0 : Math.min(this.#max, middleOf(index) / 1_000);
    }
    return this.#max;
  }
}

/** Below 8 each microsecond has a bucket of its own; from there on, each doubling has eight. */
function bucketOf(us: number): number {
  const whole = us | 0;
  if (whole < STEPS) return whole;
  const shift = 31 - STEPS_LOG2 - Math.clz32(whole);
  return (shift + 1) * STEPS + ((whole >> shift) - STEPS);
}

function middleOf(index: number): number {
  if (index < STEPS) return index;
  const shift = Math.floor(index / STEPS) - 1;
  return (STEPS + (index % STEPS) + 0.5) * 2 ** shift;
}
