/** One limit, complete. */
export interface Tier {
  readonly ratePerSecond: number;
  readonly burst: number;
}

/**
 * What a bucket says of each tier: microseconds until it has no token too few, negative when there are some. `n` tokens
 * more are there `n / ratePerSecond` later.
 */
export type Readings = readonly number[];

const US_PER_SECOND = 1_000_000;

/** Limits that act as one: what is taken is taken from all tiers. */
export class Limits {
  readonly tiers: readonly Tier[];
  /** The most tokens that can ever be had at once. */
  readonly maxTokens: number;
  readonly maxWholeTokens: number;
  /** The tier that is full again first, which is where a penalty is written. */
  readonly quickest: number;

  constructor(tiers: readonly Tier[]) {
    this.tiers = tiers;
    this.maxTokens = Math.min(...tiers.map(({ burst }) => burst));
    this.maxWholeTokens = Math.floor(this.maxTokens);
    const fillTimes = tiers.map(({ ratePerSecond, burst }) => burst / ratePerSecond);
    this.quickest = fillTimes.indexOf(Math.min(...fillTimes));
  }

  /** Microseconds in which a tier gains `n` tokens. */
  gainUs(tier: number, n: number): number {
    return (n * US_PER_SECOND) / (this.tiers[tier]?.ratePerSecond ?? Infinity);
  }

  /**
   * Milliseconds until `n` tokens are there, 0 = now, Infinity = never; rounded up to a microsecond.
   *
   * @param ahead - Tokens that others take before.
   */
  delayMs(readings: Readings, n: number, ahead = 0): number {
    if (n > this.maxTokens) return Infinity;
    let delayUs = 0;
    for (let tier = 0; tier < readings.length; tier += 1) {
      delayUs = Math.max(delayUs, (readings[tier] as number) + this.gainUs(tier, ahead + n));
    }
    // The tenth forgives what a sum of floating point numbers is too large by.
    return Math.max(0, Math.ceil(delayUs - 0.1)) / 1_000;
  }
}
