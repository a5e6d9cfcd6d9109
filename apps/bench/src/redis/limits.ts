import { RedisKeyedRateLimiter, RedisRateLimiter } from "@disp/core/redis";
import type { Redis } from "ioredis";
import { builtIn, type Case, type Contender, floor, ours, peer } from "../case.ts";
import { Gcra } from "../floors/gcra.ts";
import { GCRA, gcraByHand } from "../floors/redis-gcra.ts";
import { benchmark, connect, connectFor, disconnect, freshName, inFlight, overRedis, timeoutMs } from "./stage.ts";
import { expectSame } from "../wrong-result.ts";

interface FlexibleModule {
  readonly RateLimiterRedis: new (options: {
    storeClient: Redis;
    keyPrefix: string;
    points: number;
    duration: number;
  }) => { consume(key: string): Promise<unknown> };
}

const TTL_S = 60;
/** So much that nobody is turned away: what is allowed is known then. */
const PLENTY = { ratePerSecond: 1_000_000, burst: 1_000_000 };
const LIMITED_KEYS: readonly string[] = Array.from({ length: 1_000 }, (_, index) => `user:${index}`);

export function limitCase(width: number): Case {
  const isSingle = width === 1;
  return {
    name: `check a limit, 1,000 keys, ${width} in flight`,
    count: isSingle ? 1_000 : 20_000,
    checkCount: 200,
    goal: isSingle ? { ns: 90_000, floorNs: 80_000 } : { ns: 3_500, floorNs: 7_400 },
    hasThreads: true,
    contenders: [byHand(width), keyed(width), single(width), flexible(width), theServer(width)],
  };
}

function byHand(width: number): Contender {
  return floor(
    overRedis(connectFor(width), disconnect, async (client, round) => {
      const name = freshName();
      const check = await gcraByHand(client, PLENTY.ratePerSecond, PLENTY.burst);
      let allowed = 0;
      round.start();
      await inFlight(round.count, width, async (item) => {
        if ((await check(`${name}:${limitedKey(item)}`)) === 1) allowed++;
      });
      round.stop();
      expectSame("allowed", allowed, round.count);
    }),
  );
}

function keyed(width: number): Contender {
  return ours(
    "RedisKeyedRateLimiter",
    overRedis(connect, disconnect, async (client, round) => {
      const limiter = new RedisKeyedRateLimiter({ client, prefix: freshName(), ...PLENTY, timeoutMs });
      let allowed = 0;
      round.start();
      await inFlight(round.count, width, async (item) => {
        if (await limiter.allow(limitedKey(item))) allowed++;
      });
      round.stop();
      expectSame("allowed", allowed, round.count);
    }),
  );
}

function single(width: number): Contender {
  return ours(
    "RedisRateLimiter, one key",
    overRedis(connect, disconnect, async (client, round) => {
      const limiter = new RedisRateLimiter({ client, key: freshName(), ...PLENTY, timeoutMs });
      let allowed = 0;
      round.start();
      await inFlight(round.count, width, async () => {
        if (await limiter.allow()) allowed++;
      });
      round.stop();
      expectSame("allowed", allowed, round.count);
    }),
  );
}

function flexible(width: number): Contender {
  return peer(
    "rate-limiter-flexible",
    "rate-limiter-flexible",
    ({ RateLimiterRedis }: FlexibleModule) =>
      overRedis(connectFor(width), disconnect, async (storeClient, round) => {
        const keyPrefix = freshName();
        const limiter = new RateLimiterRedis({ storeClient, keyPrefix, points: PLENTY.burst, duration: TTL_S });
        let allowed = 0;
        round.start();
        await inFlight(round.count, width, async (item) => {
          await limiter.consume(limitedKey(item));
          allowed++;
        });
        round.stop();
        expectSame("allowed", allowed, round.count);
      }),
    width === 1 ? 1 : 0.5,
  );
}

function theServer(width: number): Contender {
  return builtIn(
    "redis-benchmark, a limit by hand: the server's own limit",
    overRedis(connect, disconnect, async (client, round) => {
      const url = `redis://${client.options.host ?? "localhost"}:${client.options.port ?? 6379}`;
      const sha = String(await client.script("LOAD", GCRA));
      round.start();
      await benchmark(url, round.count, width, "EVALSHA", sha, "1", `${freshName()}:__rand_int__`, "1", "1000000");
      round.stop();
    }),
    width === 1 ? 1 : 10,
  );
}

function limitedKey(item: number): string {
  return LIMITED_KEYS[item % LIMITED_KEYS.length] as string;
}

export const leased: Case = {
  name: "wait for a permit, with a lease of 1,000 tokens",
  count: 100_000,
  checkCount: 5_000,
  goal: { ns: 200, floorNs: 70 },
  hasThreads: true,
  contenders: [
    floor(async (round) => {
      const limiter = new Gcra(PLENTY.ratePerSecond, PLENTY.burst);
      const done = Promise.resolve();
      let allowed = 0;
      round.start();
      for (let i = 0; i < round.count; i++) {
        if (!limiter.allow()) continue;
        await done;
        allowed++;
      }
      round.stop();
      expectSame("allowed", allowed, round.count);
    }),
    ours(
      "RedisRateLimiter",
      overRedis(connect, disconnect, async (client, round) => {
        const limiter = new RedisRateLimiter({
          client,
          key: freshName(),
          // A minute's worth at once, so that it is never the rate that is measured.
          ratePerSecond: PLENTY.ratePerSecond,
          burst: PLENTY.burst,
          lease: { tokens: 1_000 },
          timeoutMs,
        });
        let allowed = 0;
        round.start();
        for (let i = 0; i < round.count; i++) {
          await limiter.wait();
          allowed++;
        }
        round.stop();
        expectSame("allowed", allowed, round.count);
        await limiter.close();
      }),
    ),
  ],
};
