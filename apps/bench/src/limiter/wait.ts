import { RateLimiter } from "@disp/ratelimit";
import { type Case, floor, ours, peer } from "../case.ts";
import { Gcra } from "../floors/gcra.ts";
import {
  type BottleneckModule,
  DAY_MS,
  type EffectModule,
  effectLimiter,
  type FlexibleModule,
  fill,
  type LimiterModule,
  PLENTY,
  type ThrottleModule,
} from "./peers.ts";
import { Tally } from "../tally.ts";
import { expectSame } from "../wrong-result.ts";

const KEY = "user";

/** A promise that is there already. */
const DONE = Promise.resolve();

export const wait: Case = {
  name: "await wait(), a token is there",
  count: 200_000,
  checkCount: 2_000,
  // Set with the floor at hand: so much for the options, the line and the way out.
  goal: { ns: 140, floorNs: 100 },
  contenders: [
    floor(async (round) => {
      const limiter = new Gcra(PLENTY.ratePerSecond, PLENTY.burst);
      let granted = 0;
      round.start();
      for (let i = 0; i < round.count; i++) {
        if (!limiter.allow()) break;
        await DONE;
        granted++;
      }
      round.stop();
      expectSame("granted", granted, round.count);
    }),
    ours("RateLimiter", async (round) => {
      const limiter = new RateLimiter(PLENTY);
      let granted = 0;
      round.start();
      for (let i = 0; i < round.count; i++) {
        await limiter.wait();
        granted++;
      }
      round.stop();
      expectSame("granted", granted, round.count);
    }),
    peer(
      "limiter, TokenBucket",
      "limiter",
      ({ TokenBucket }: LimiterModule) =>
        async (round) => {
          const bucket = new TokenBucket({
            bucketSize: PLENTY.burst,
            tokensPerInterval: PLENTY.ratePerSecond,
            interval: 1_000,
          });
          fill(bucket, PLENTY.burst / 2);
          let granted = 0;
          round.start();
          for (let i = 0; i < round.count; i++) {
            await bucket.removeTokens(1);
            granted++;
          }
          round.stop();
          expectSame("granted", granted, round.count);
        },
      0.3,
    ),
    // It never waits: to have none is to reject.
    peer(
      "rate-limiter-flexible, RateLimiterMemory",
      "rate-limiter-flexible",
      ({ RateLimiterMemory }: FlexibleModule) =>
        async (round) => {
          const limiter = new RateLimiterMemory({ points: PLENTY.ratePerSecond, duration: DAY_MS / 1_000 });
          let granted = 0;
          round.start();
          for (let i = 0; i < round.count; i++) {
            await limiter.consume(KEY);
            granted++;
          }
          round.stop();
          expectSame("granted", granted, round.count);
          await limiter.delete(KEY);
        },
      0.5,
    ),
    // It runs a function when there is a token.
    peer(
      "p-throttle",
      "p-throttle",
      ({ default: pThrottle }: ThrottleModule) =>
        async (round) => {
          const throttled = pThrottle({ limit: PLENTY.ratePerSecond, interval: 1_000 })((item) => item);
          const tally = new Tally();
          round.start();
          for (let i = 0; i < round.count; i++) tally.take(await throttled(i));
          round.stop();
          tally.finish(round.count);
        },
      0.3,
    ),
    peer(
      "effect, RateLimiter",
      "effect",
      (effect: EffectModule) => async (round) => {
        const limiter = await effectLimiter(effect);
        const { Effect } = effect;
        const consume = limiter.consume({
          algorithm: "token-bucket",
          onExceeded: "delay",
          window: 1_000,
          limit: PLENTY.ratePerSecond,
          key: KEY,
        });
        let granted = 0;
        round.start();
        for (let i = 0; i < round.count; i++) {
          await Effect.runPromise(consume);
          granted++;
        }
        round.stop();
        expectSame("granted", granted, round.count);
      },
      0.1,
    ),
    // It runs a function when there is a token, and each by a timer.
    peer(
      "bottleneck, schedule",
      "bottleneck",
      ({ default: Bottleneck }: BottleneckModule) =>
        async (round) => {
          const limiter = new Bottleneck({ reservoir: PLENTY.ratePerSecond });
          const { count } = round;
          const tally = new Tally();
          round.start();
          for (let i = 0; i < count; i++) tally.take(await limiter.schedule(() => Promise.resolve(i)));
          round.stop();
          tally.finish(count);
        },
      0.000_05,
    ),
  ],
};
