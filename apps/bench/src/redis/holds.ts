import { BackgroundProcessor } from "@disp/core";
import { RedisDedupStore } from "@disp/core/redis";
import { builtIn, type Case, type Contender, floor, ours, peer, type Play } from "../case.ts";
import { Holds } from "../floors/chores.ts";
import {
  benchmark,
  connect,
  connectFor,
  disconnect,
  freshName,
  inFlight,
  overRedis,
  timeoutMs,
  TTL_MS,
} from "./stage.ts";
import { expectSame } from "../wrong-result.ts";

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

export function holdCase(width: number): Case {
  const isSingle = width === 1;
  return {
    name: `take a free key, ${width} in flight`,
    count: isSingle ? 1_000 : 20_000,
    checkCount: 200,
    goal: isSingle ? { ns: 90_000, floorNs: 77_000 } : { ns: 3_000, floorNs: 5_400 },
    hasThreads: true,
    contenders: [byHand(width), storeAlone(width), processor(width), bullmq(width), theServer(width)],
  };
}

function byHand(width: number): Contender {
  return floor(
    overRedis(connectFor(width), disconnect, async (client, round) => {
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
  );
}

function storeAlone(width: number): Contender {
  return ours(
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
  );
}

function processor(width: number): Contender {
  return ours(
    "BackgroundProcessor: schedule, run and release",
    overRedis(connect, disconnect, async (client, round) => {
      const dedup = new RedisDedupStore({ client, namespace: freshName(), timeoutMs });
      let ran = 0;
      const processor = new BackgroundProcessor<number>({
        dedup,
        concurrency: Infinity,
        process: () => {
          ran++;
        },
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
  );
}

function bullmq(width: number): Contender {
  return peer("bullmq, add with deduplication", "bullmq", ({ Queue }: BullModule) => bullAdd(Queue, width), 0.05);
}

function theServer(width: number): Contender {
  return builtIn(
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
    width === 1 ? 1 : 10,
  );
}

function bullAdd(Queue: BullModule["Queue"], width: number): Play {
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

export const duplicates: Case = {
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
