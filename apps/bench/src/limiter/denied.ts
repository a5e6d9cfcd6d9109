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
  NOTHING,
  WINDOW,
} from "./peers.ts";
import { expectSame } from "../wrong-result.ts";

const KEY = "user";

/** What an attack is made of, and when an answer has to be cheapest. */
export const denied: Case = {
  name: "every call is refused",
  count: 500_000,
  checkCount: 5_000,
  // Whoever awaits each of its rejections, and not a thousand at a time, is twice as slow.
  goal: { ns: 55, floorNs: 46, ahead: { of: "rate-limiter-flexible, RateLimiterMemory", times: 10 } },
  contenders: [
    floor((round) => {
      const limiter = new Gcra(NOTHING.ratePerSecond, NOTHING.burst);
      limiter.allow();
      let refused = 0;
      round.start();
      for (let i = 0; i < round.count; i++) if (!limiter.allow()) refused++;
      round.stop();
      expectSame("refused", refused, round.count);
    }),
    ours("RateLimiter", (round) => {
      const limiter = new RateLimiter(NOTHING);
      limiter.allow();
      let refused = 0;
      round.start();
      for (let i = 0; i < round.count; i++) if (!limiter.allow()) refused++;
      round.stop();
      expectSame("refused", refused, round.count);
    }),
    peer("limiter, TokenBucket", "limiter", ({ TokenBucket }: LimiterModule) => (round) => {
      const bucket = new TokenBucket({ bucketSize: 1, tokensPerInterval: 1e-3, interval: DAY_MS });
      // It starts empty, which is what is wanted.
      let refused = 0;
      round.start();
      for (let i = 0; i < round.count; i++) if (!bucket.tryRemoveTokens(1)) refused++;
      round.stop();
      expectSame("refused", refused, round.count);
    }),
    peer("limiter, RateLimiter", "limiter", (limiters: LimiterModule) => (round) => {
      const limiter = new limiters.RateLimiter({ tokensPerInterval: 1, interval: DAY_MS });
      fill(limiter, 1);
      let refused = 0;
      round.start();
      for (let i = 0; i < round.count; i++) if (!limiter.tryRemoveTokens(1)) refused++;
      round.stop();
      expectSame("refused", refused, round.count);
    }),
    // To refuse is to reject.
    peer(
      "rate-limiter-flexible, RateLimiterMemory",
      "rate-limiter-flexible",
      ({ RateLimiterMemory }: FlexibleModule) =>
        async (round) => {
          const limiter = new RateLimiterMemory({ points: 1, duration: DAY_MS / 1_000 });
          let refused = 0;
          const onAllowed = () => undefined;
          const onRefused = () => {
            refused++;
          };
          await limiter.consume(KEY);
          round.start();
          for (let i = 0; i < round.count; ) {
            const end = Math.min(round.count, i + WINDOW);
            let last: Promise<void> | undefined;
            for (; i < end; i++) last = limiter.consume(KEY).then(onAllowed, onRefused);
            await last;
          }
          round.stop();
          expectSame("refused", refused, round.count);
          await limiter.delete(KEY);
        },
      0.1,
    ),
    // Each refusal is an error with a stack.
    peer(
      "effect, RateLimiter",
      "effect",
      (effect: EffectModule) => async (round) => {
        const limiter = await effectLimiter(effect);
        const { Effect } = effect;
        const consume = limiter.consume({
          algorithm: "fixed-window",
          onExceeded: "fail",
          window: DAY_MS,
          limit: 1,
          key: KEY,
        });
        expectSame("the first", Effect.runSyncExit(consume)._tag, "Success");
        let refused = 0;
        round.start();
        for (let i = 0; i < round.count; i++) if (Effect.runSyncExit(consume)._tag === "Failure") refused++;
        round.stop();
        expectSame("refused", refused, round.count);
      },
      0.004,
    ),
    // It refuses nobody: it says whether somebody would have to wait.
    peer(
      "bottleneck, check",
      "bottleneck",
      ({ default: Bottleneck }: BottleneckModule) =>
        async (round) => {
          const limiter = new Bottleneck({ reservoir: 0 });
          const { count } = round;
          let refused = 0;
          round.start();
          for (let i = 0; i < count; i++) if (!(await limiter.check())) refused++;
          round.stop();
          expectSame("refused", refused, count);
        },
      0.000_06,
    ),
  ],
};
