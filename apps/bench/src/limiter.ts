import { KeyedRateLimiter, RateLimiter } from "@disp/ratelimit";
import { type Case, floor, ours, peer } from "./case.ts";
import { Gcra } from "./floors/gcra.ts";
import { KeyedGcra } from "./floors/keyed-gcra.ts";
import { expectSame } from "./wrong-result.ts";

interface Bucket {
  tryRemoveTokens(count: number): boolean;
}

interface LimiterModule {
  readonly TokenBucket: new (options: { bucketSize: number; tokensPerInterval: number; interval: number }) => Bucket;
  readonly RateLimiter: new (options: { tokensPerInterval: number; interval: number }) => Bucket;
}

/** So much that a real clock never runs out of tokens: what is allowed is known then. */
const PLENTY = { ratePerSecond: 1e9, burst: 1e6 };

const ownClock: Case = {
  name: "allow(), with its own look at the clock",
  count: 500_000,
  checkCount: 5_000,
  goal: { ns: 55, floorNs: 46 },
  contenders: [
    floor((round) => {
      const limiter = new Gcra(PLENTY.ratePerSecond, PLENTY.burst);
      let allowed = 0;
      round.start();
      for (let i = 0; i < round.count; i++) if (limiter.allow()) allowed++;
      round.stop();
      expectSame("allowed", allowed, round.count);
    }),
    ours("RateLimiter", (round) => {
      const limiter = new RateLimiter(PLENTY);
      let allowed = 0;
      round.start();
      for (let i = 0; i < round.count; i++) if (limiter.allow()) allowed++;
      round.stop();
      expectSame("allowed", allowed, round.count);
    }),
    peer("limiter, TokenBucket", "limiter", ({ TokenBucket }: LimiterModule) => (round) => {
      const bucket = new TokenBucket({
        bucketSize: PLENTY.burst,
        tokensPerInterval: PLENTY.ratePerSecond,
        interval: 1_000,
      });
      // It starts empty.
      while (!bucket.tryRemoveTokens(PLENTY.burst / 2)) continue;
      let allowed = 0;
      round.start();
      for (let i = 0; i < round.count; i++) if (bucket.tryRemoveTokens(1)) allowed++;
      round.stop();
      expectSame("allowed", allowed, round.count);
    }),
    peer("limiter, RateLimiter", "limiter", (limiters: LimiterModule) => (round) => {
      const limiter = new limiters.RateLimiter({ tokensPerInterval: PLENTY.ratePerSecond, interval: 1_000 });
      let allowed = 0;
      round.start();
      for (let i = 0; i < round.count; i++) if (limiter.tryRemoveTokens(1)) allowed++;
      round.stop();
      expectSame("allowed", allowed, round.count);
    }),
  ],
};

/** A call each millisecond, with tokens for every other one. */
const HALF = { ratePerSecond: 500, burst: 1 };

const givenNow: Case = {
  name: "allow(1, now), every other call allowed",
  count: 2_000_000,
  checkCount: 5_000,
  // Nobody measured the floor by itself: it is next to nothing.
  goal: { ns: 8, floorNs: 2 },
  contenders: [
    floor((round) => {
      const limiter = new Gcra(HALF.ratePerSecond, HALF.burst);
      let wrong = 0;
      round.start();
      for (let now = 0; now < round.count; now++) if (limiter.allow(now) !== (now % 2 === 0)) wrong++;
      round.stop();
      expectSame("wrong answers", wrong, 0);
    }),
    ours("RateLimiter", (round) => {
      const limiter = new RateLimiter(HALF);
      let wrong = 0;
      round.start();
      for (let now = 0; now < round.count; now++) if (limiter.allow(1, now) !== (now % 2 === 0)) wrong++;
      round.stop();
      expectSame("wrong answers", wrong, 0);
    }),
  ],
};

const KEYS: readonly string[] = Array.from({ length: 100_000 }, (_, index) => `user:${index}`);
/** A fresh string each time a key is used, as they come from outside, would measure hashing: these are known strings. */
const PICKS = pickKeys(500_000);
/** Three for each key, then next to nothing. */
const SCARCE = { ratePerSecond: 0.001, burst: 3 };

/** The same keys in each run, in an order that no cache foresees. */
function pickKeys(count: number): readonly string[] {
  let seed = 42;
  return Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return KEYS[Math.floor((seed / 2 ** 32) * KEYS.length)] as string;
  });
}

/** How many of the first picks are to be allowed, when each key was used once before. */
function expectedAllowed(count: number): number {
  const left = new Map(KEYS.map((key) => [key, SCARCE.burst - 1]));
  let allowed = 0;
  for (const key of PICKS.slice(0, count)) {
    const tokens = left.get(key) ?? 0;
    if (tokens > 0) allowed++;
    left.set(key, tokens - 1);
  }
  return allowed;
}

const keyed: Case = {
  name: "keyed, 100,000 keys at random",
  count: PICKS.length,
  checkCount: 20_000,
  goal: { ns: 300, floorNs: 210 },
  contenders: [
    floor((round) => {
      const limiter = new KeyedGcra(SCARCE.ratePerSecond, SCARCE.burst, KEYS.length);
      for (const key of KEYS) limiter.allow(key);
      round.weigh("waiting", KEYS.length);
      let allowed = 0;
      round.start();
      for (let i = 0; i < round.count; i++) if (limiter.allow(PICKS[i] as string)) allowed++;
      round.stop();
      expectSame("allowed", allowed, expectedAllowed(round.count));
    }),
    ours("KeyedRateLimiter", (round) => {
      const limiter = new KeyedRateLimiter<string>({ ...SCARCE, maxKeys: 2 * KEYS.length });
      for (const key of KEYS) limiter.allow(key);
      round.weigh("waiting", KEYS.length);
      let allowed = 0;
      round.start();
      for (let i = 0; i < round.count; i++) if (limiter.allow(PICKS[i] as string)) allowed++;
      round.stop();
      expectSame("allowed", allowed, expectedAllowed(round.count));
    }),
    peer(
      "limiter, RateLimiter in a Map",
      "limiter",
      (limiters: LimiterModule) => (round) => {
        const byKey = new Map<string, Bucket>();
        const allow = (key: string) => {
          let limiter = byKey.get(key);
          if (limiter === undefined) {
            limiter = new limiters.RateLimiter({ tokensPerInterval: SCARCE.burst, interval: 1e9 });
            byKey.set(key, limiter);
          }
          return limiter.tryRemoveTokens(1);
        };
        for (const key of KEYS) allow(key);
        round.weigh("waiting", KEYS.length);
        let allowed = 0;
        round.start();
        for (let i = 0; i < round.count; i++) if (allow(PICKS[i] as string)) allowed++;
        round.stop();
        expectSame("allowed", allowed, expectedAllowed(round.count));
      },
      0.4,
    ),
  ],
};

export const cases: readonly Case[] = [ownClock, givenNow, keyed];
