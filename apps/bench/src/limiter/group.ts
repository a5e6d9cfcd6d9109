import { RateLimiter } from "@disp/ratelimit";
import { type Case, floor, ours, peer } from "../case.ts";
import { Gcra } from "../floors/gcra.ts";
import { denied } from "./denied.ts";
import { keyed } from "./keyed.ts";
import { fill, type LimiterModule, PLENTY } from "./peers.ts";
import { tiers, tiersDenied } from "./tiers.ts";
import { wait } from "./wait.ts";
import { expectSame } from "../wrong-result.ts";

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
      fill(bucket, PLENTY.burst / 2);
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

export const cases: readonly Case[] = [ownClock, givenNow, denied, wait, tiers, tiersDenied, keyed];
