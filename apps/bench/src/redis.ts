import { spawn } from "node:child_process";
import { once } from "node:events";
import { BackgroundProcessor } from "@disp/core";
import { RedisDedupStore, RedisKeyedRateLimiter, RedisRateLimiter } from "@disp/core/redis";
import { Redis } from "ioredis";
import { builtIn, type Case, floor, ours, peer } from "./case.ts";
import { Gcra } from "./floors/gcra.ts";
import { Holds } from "./floors/chores.ts";
import { GCRA, gcraByHand } from "./floors/redis-gcra.ts";
import { freshName, hasRedis, inFlight, overRedis } from "./redis-stage.ts";
import { expectSame } from "./wrong-result.ts";

interface BullModule {
  readonly Queue: new (
    name: string,
    options: { connection: { url: string } },
  ) => {
    waitUntilReady(): Promise<unknown>;
    add(name: string, data: number, options: { deduplication: { id: string; ttl: number } }): Promise<unknown>;
    getJobCountByTypes(type: "waiting"): Promise<number>;
    obliterate(options: { force: boolean }): Promise<unknown>;
    close(): Promise<unknown>;
  };
}

interface FlexibleModule {
  readonly RateLimiterRedis: new (options: {
    storeClient: Redis;
    keyPrefix: string;
    points: number;
    duration: number;
  }) => { consume(key: string): Promise<unknown> };
}

/** Keys of a round stay for so long at most. */
const TTL_MS = 60_000;
const TTL_S = 60;
/** So much that nobody is turned away: what is allowed is known then. */
const PLENTY = { ratePerSecond: 1_000_000, burst: 1_000_000 };
const LIMITED_KEYS: readonly string[] = Array.from({ length: 1_000 }, (_, index) => `user:${index}`);
/** For calls that are no race. */
const timeoutMs = 60_000;
const WIDTHS = [512, 64, 1];

const connect = (url: string): Redis => new Redis(url, { enableAutoPipelining: true });
const disconnect = (client: Redis): void => client.disconnect();

function limitedKey(item: number): string {
  return LIMITED_KEYS[item % LIMITED_KEYS.length] as string;
}

/** In one go: what the server can do when the client costs nothing. Its own loop is C, and it pipelines. */
async function benchmark(url: string, count: number, width: number, ...command: string[]): Promise<void> {
  const { hostname, port } = new URL(url);
  const pipeline = Math.min(width, 64);
  const clients = Math.ceil(width / pipeline);
  const counts = ["-n", String(count), "-c", String(clients), "-P", String(pipeline), "-r", "1000000000"];
  const args = ["-h", hostname, "-p", port || "6379", ...counts, "-q", ...command];
  const child = spawn("redis-benchmark", args, { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = (await once(child, "exit")) as [number];
  expectSame("the exit code of redis-benchmark", code, 0);
}

function holdCase(width: number): Case {
  const isSingle = width === 1;
  return {
    name: `take a free key, ${width} in flight`,
    count: isSingle ? 1_000 : 20_000,
    checkCount: 200,
    goal: isSingle ? { ns: 90_000, floorNs: 77_000 } : { ns: 3_000, floorNs: 5_400 },
    hasThreads: true,
    contenders: [
      floor(
        overRedis(connect, disconnect, async (client, round) => {
          const name = freshName();
          let taken = 0;
          const take = async (item: number): Promise<void> => {
            if ((await client.set(`${name}:${item}`, "me", "PX", TTL_MS, "NX")) === "OK") taken++;
          };
          round.start();
          await inFlight(round.count, width, take);
          round.stop();
          expectSame("taken", taken, round.count);
          await take(0);
          expectSame("taken after one twice", taken, round.count);
        }),
      ),
      ours(
        "RedisDedupStore",
        overRedis(connect, disconnect, async (client, round) => {
          const store = new RedisDedupStore({ client, namespace: freshName(), timeoutMs });
          let taken = 0;
          const take = async (item: number): Promise<void> => {
            if ((await store.acquire(`key:${item}`, TTL_MS)) !== undefined) taken++;
          };
          round.start();
          await inFlight(round.count, width, take);
          round.stop();
          expectSame("taken", taken, round.count);
          await take(0);
          expectSame("taken after one twice", taken, round.count);
        }),
      ),
      ours(
        "BackgroundProcessor: schedule, run and release",
        overRedis(connect, disconnect, async (client, round) => {
          const dedup = new RedisDedupStore({ client, namespace: freshName(), timeoutMs });
          let ran = 0;
          const processor = new BackgroundProcessor<number>({
            dedup,
            concurrency: Infinity,
            process: () => void ran++,
          });
          let scheduled = 0;
          const schedule = async (item: number): Promise<void> => {
            if ((await processor.schedule(`key:${item}`, item, { holdMs: TTL_MS })).scheduled) scheduled++;
          };
          round.start();
          await inFlight(round.count, width, schedule);
          await processor.stop({ drain: true });
          round.stop();
          expectSame("scheduled", scheduled, round.count);
          expectSame("run", ran, round.count);
        }),
      ),
      peer("bullmq, add with deduplication", "bullmq", ({ Queue }: BullModule) => bullAdd(Queue, width), 0.05),
      builtIn(
        "redis-benchmark, SET NX PX: the server's own limit",
        overRedis(
          (url) => url,
          () => undefined,
          async (url, round) => {
            const key = `${freshName()}:__rand_int__`;
            round.start();
            await benchmark(url, round.count, width, "SET", key, "me", "PX", String(TTL_MS), "NX");
            round.stop();
          },
        ),
        isSingle ? 1 : 10,
      ),
    ],
  };
}

function bullAdd(Queue: BullModule["Queue"], width: number) {
  return overRedis(
    (url) => url,
    () => undefined,
    async (url, round) => {
      const queue = new Queue(freshName().replaceAll(":", "-"), { connection: { url } });
      await queue.waitUntilReady();
      round.start();
      await inFlight(round.count, width, (item) =>
        queue.add("job", item, { deduplication: { id: `key-${item}`, ttl: TTL_MS } }),
      );
      round.stop();
      await queue.add("job", 0, { deduplication: { id: "key-0", ttl: TTL_MS } });
      expectSame("waiting jobs", await queue.getJobCountByTypes("waiting"), round.count);
      await queue.obliterate({ force: true });
      await queue.close();
    },
  );
}

function limitCase(width: number): Case {
  const isSingle = width === 1;
  return {
    name: `check a limit, 1,000 keys, ${width} in flight`,
    count: isSingle ? 1_000 : 20_000,
    checkCount: 200,
    goal: isSingle ? { ns: 90_000, floorNs: 80_000 } : { ns: 3_500, floorNs: 7_400 },
    hasThreads: true,
    contenders: [
      floor(
        overRedis(connect, disconnect, async (client, round) => {
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
      ),
      ours(
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
      ),
      ours(
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
      ),
      peer(
        "rate-limiter-flexible",
        "rate-limiter-flexible",
        ({ RateLimiterRedis }: FlexibleModule) =>
          overRedis(connect, disconnect, async (storeClient, round) => {
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
        isSingle ? 1 : 0.5,
      ),
      builtIn(
        "redis-benchmark, a limit by hand: the server's own limit",
        overRedis(connect, disconnect, async (client, round) => {
          const url = `redis://${client.options.host ?? "localhost"}:${client.options.port ?? 6379}`;
          const sha = String(await client.script("LOAD", GCRA));
          round.start();
          await benchmark(url, round.count, width, "EVALSHA", sha, "1", `${freshName()}:__rand_int__`, "1", "1000000");
          round.stop();
        }),
        isSingle ? 1 : 10,
      ),
    ],
  };
}

const leased: Case = {
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

const duplicates: Case = {
  name: "schedule duplicates of a job that waits here",
  count: 100_000,
  checkCount: 5_000,
  goal: { ns: 500, floorNs: 66 },
  hasThreads: true,
  contenders: [
    floor(async (round) => {
      const holds = new Holds();
      void holds.take("waits", TTL_MS);
      let refused = 0;
      round.start();
      for (let i = 0; i < round.count; i++) if (!(await holds.take("waits", TTL_MS)).scheduled) refused++;
      round.stop();
      expectSame("refused", refused, round.count);
    }),
    ours(
      "BackgroundProcessor over a RedisDedupStore",
      overRedis(connect, disconnect, async (client, round) => {
        const dedup = new RedisDedupStore({ client, namespace: freshName(), timeoutMs });
        let open: () => void = () => undefined;
        const opened = new Promise<void>((resolve) => (open = resolve));
        const processor = new BackgroundProcessor<number>({ dedup, process: () => opened });
        await processor.schedule("runs", 0);
        await processor.schedule("waits", 0);
        let queued = 0;
        round.start();
        for (let i = 0; i < round.count; i++) {
          const answer = await processor.schedule("waits", i);
          if (!answer.scheduled && answer.reason === "queued") queued++;
        }
        round.stop();
        open();
        await processor.stop({ drain: true });
        expectSame("refused as queued", queued, round.count);
      }),
    ),
  ],
};

if (!hasRedis) console.error("redis: skipped. It needs redis-server in PATH (Debian: redis-server), or REDIS_URL.");

export const cases: readonly Case[] = hasRedis
  ? [...WIDTHS.map(holdCase), duplicates, ...WIDTHS.map(limitCase), leased]
  : [];
