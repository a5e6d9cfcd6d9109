import { KeyedRateLimiter } from "../keyed-rate-limiter.ts";
import type { Reservation } from "../limiter.ts";
import type { Asker, Buckets } from "./buckets.ts";
import { Limits } from "./limits.ts";
import { Outcome } from "./outcome.ts";

/** What sums of fractions may be wrong by. */
const NEARLY_NOTHING = 1e-9;

/** Buckets in this process, for the time when Redis is away: a share of the limits. */
export class LocalBuckets implements Buckets {
  readonly #limits: Limits;
  readonly #tiers: readonly KeyedRateLimiter<string>[];
  /** After how many milliseconds those who wait ask again at the latest: Redis may be back. */
  readonly #askAgainMs: number;

  constructor(limits: Limits, share: number, askAgainMs: number) {
    this.#limits = new Limits(
      limits.tiers.map(({ ratePerSecond, burst }) => ({
        ratePerSecond: ratePerSecond * share,
        burst: Math.max(1, burst * share),
      })),
    );
    this.#tiers = this.#limits.tiers.map((tier) => new KeyedRateLimiter<string>(tier));
    this.#askAgainMs = askAgainMs;
  }

  take(key: string, n: number, asker: Asker): void {
    this.takeUpTo(key, n, 1, asker);
  }

  takeUpTo(key: string, n: number, count: number, asker: Asker): void {
    const now = performance.now();
    let granted = 0;
    while (n > 0 && granted < count && this.#takeFromAll(key, n, now)) granted += 1;
    const readings = this.#tiers.map((_, tier) => this.#read(key, tier, now));
    const left = Math.min(...readings.map((reading, tier) => -reading / this.#limits.gainUs(tier, 1)));
    const wholeLeft = Math.max(0, Math.floor(left + NEARLY_NOTHING));
    const wholeReadings = readings.map((reading) => Math.ceil(reading));
    asker.answer(new Outcome(this.#limits, n, granted, wholeLeft, wholeReadings, undefined, this.#askAgainMs), 0);
  }

  giveBack(): Promise<void> {
    return Promise.resolve();
  }

  #takeFromAll(key: string, n: number, now: number): boolean {
    const parts: Reservation[] = [];
    for (const tier of this.#tiers) {
      const part = tier.reserve(key, n, now);
      parts.push(part);
      if (part.delayMs(now) === 0) continue;
      for (const taken of parts) taken.cancel(now);
      return false;
    }
    return true;
  }

  /** What a full burst would have to wait for is what is not there. */
  #read(key: string, tier: number, now: number): number {
    const burst = this.#limits.tiers[tier]?.burst ?? 0;
    const all = this.#tiers[tier]?.reserve(key, burst, now);
    const delayUs = (all?.delayMs(now) ?? 0) * 1_000;
    all?.cancel(now);
    return delayUs - this.#limits.gainUs(tier, burst);
  }
}
