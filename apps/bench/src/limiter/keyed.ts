import { KeyedRateLimiter } from "@disp/ratelimit";
import { type Case, floor, ours, peer } from "../case.ts";
import { KeyedGcra } from "../floors/keyed-gcra.ts";
import { type Bucket, DAY_MS, type FlexibleModule, type LimiterModule, WINDOW } from "./peers.ts";
import { expectSame } from "../wrong-result.ts";

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

const EXPECTED = new Map<number, number>();

/** How many of the first picks are to be allowed, when each key was used once before. */
function expectedAllowed(count: number): number {
  const expected = EXPECTED.get(count) ?? countAllowed(count);
  EXPECTED.set(count, expected);
  return expected;
}

function countAllowed(count: number): number {
  const left = new Map(KEYS.map((key) => [key, SCARCE.burst - 1]));
  let allowed = 0;
  for (const key of PICKS.slice(0, count)) {
    const tokens = left.get(key) ?? 0;
    if (tokens > 0) allowed++;
    left.set(key, tokens - 1);
  }
  return allowed;
}

export const keyed: Case = {
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
    // A timer for each key, and a promise for each answer.
    peer(
      "rate-limiter-flexible, RateLimiterMemory",
      "rate-limiter-flexible",
      ({ RateLimiterMemory }: FlexibleModule) =>
        async (round) => {
          const limiter = new RateLimiterMemory({ points: SCARCE.burst, duration: DAY_MS / 1_000 });
          let allowed = 0;
          const onAllowed = () => {
            allowed++;
          };
          const onDenied = () => undefined;
          await Promise.all(KEYS.map((key) => limiter.consume(key)));
          round.weigh("waiting", KEYS.length);
          round.start();
          for (let i = 0; i < round.count; ) {
            const end = Math.min(round.count, i + WINDOW);
            let last: Promise<void> | undefined;
            while (i < end) last = limiter.consume(PICKS[i++] as string).then(onAllowed, onDenied);
            await last;
          }
          round.stop();
          expectSame("allowed", allowed, expectedAllowed(round.count));
          // Its timers would keep all of them for a day.
          for (const key of KEYS) void limiter.delete(key);
        },
      0.1,
    ),
  ],
};
