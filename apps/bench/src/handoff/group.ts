import { PassThrough } from "node:stream";
import { SyncQueue } from "@disp/sync-queue";
import { builtIn, type Case, floor, ours, peer } from "../case.ts";
import { BoundedChannel } from "../floors/bounded-channel.ts";
import { Channel } from "../floors/channel.ts";
import { Tally } from "../tally.ts";

interface FastqModule {
  readonly default: {
    promise(worker: (item: number) => Promise<number>, concurrency: number): { push(item: number): Promise<number> };
  };
}

interface PQueueModule {
  readonly default: new (options: { concurrency: number }) => { add(task: () => number): Promise<number> };
}

interface PushableModule {
  readonly pushable: (options: { objectMode: true }) => {
    push(item: number): void;
    next(): Promise<{ readonly value?: number }>;
  };
}

/** A description of something to do, and the iterator that a generator for Effect yields to. */
interface EffectOf<A> {
  [Symbol.iterator](): Iterator<unknown, A>;
}

interface EffectQueue {
  readonly size: unknown;
}

interface EffectModule {
  readonly Queue: {
    unbounded(): EffectOf<EffectQueue>;
    bounded(capacity: number): EffectOf<EffectQueue>;
    offer(queue: EffectQueue, item: number): EffectOf<boolean>;
    offerUnsafe(queue: EffectQueue, item: number): boolean;
    take(queue: EffectQueue): EffectOf<number>;
  };
  readonly Effect: {
    gen(body: () => Generator<unknown, void>): EffectOf<void>;
    all(effects: readonly EffectOf<void>[], options: { concurrency: number; discard: true }): EffectOf<void>;
    runSync<A>(effect: EffectOf<A>): A;
    runPromise<A>(effect: EffectOf<A>): Promise<A>;
  };
}

const WINDOW = 1_000;

/** How many items go in at once when `done` are through: a window, but no more than are left. */
function windowAt(done: number, count: number): number {
  return Math.min(WINDOW, count - done);
}

const present: Case = {
  name: "await dequeue(), item present",
  count: 200_000,
  checkCount: 2_500,
  goal: { ns: 55, floorNs: 44 },
  contenders: [
    floor(async (round) => {
      const channel = new Channel();
      const tally = new Tally();
      round.start();
      while (tally.taken < round.count) {
        const end = tally.taken + windowAt(tally.taken, round.count);
        for (let i = tally.taken; i < end; i++) channel.put(i);
        while (tally.taken < end) tally.take(await channel.take());
      }
      round.stop();
      tally.finish(round.count);
    }),
    ours("SyncQueue", async (round) => {
      const queue = new SyncQueue<number>();
      const tally = new Tally();
      round.start();
      while (tally.taken < round.count) {
        const end = tally.taken + windowAt(tally.taken, round.count);
        for (let i = tally.taken; i < end; i++) queue.enqueue(i);
        while (tally.taken < end) tally.take(await queue.dequeue());
      }
      round.stop();
      tally.finish(round.count);
    }),
    peer(
      "fastq.promise, push",
      "fastq",
      ({ default: fastq }: FastqModule) =>
        async (round) => {
          const queue = fastq.promise((item) => Promise.resolve(item), 1);
          const tally = new Tally();
          round.start();
          for (let i = 0; i < round.count; i++) tally.take(await queue.push(i));
          round.stop();
          tally.finish(round.count);
        },
      0.5,
    ),
    peer(
      "it-pushable",
      "it-pushable",
      ({ pushable }: PushableModule) =>
        async (round) => {
          const queue = pushable({ objectMode: true });
          const tally = new Tally();
          round.start();
          while (tally.taken < round.count) {
            const end = tally.taken + windowAt(tally.taken, round.count);
            for (let i = tally.taken; i < end; i++) queue.push(i);
            while (tally.taken < end) tally.take((await queue.next()).value);
          }
          round.stop();
          tally.finish(round.count);
        },
      0.2,
    ),
    // It takes inside a fiber of its own: a promise for each would be slower still.
    peer(
      "effect, Queue",
      "effect",
      ({ Effect, Queue }: EffectModule) =>
        async (round) => {
          const queue = Effect.runSync(Queue.unbounded());
          const tally = new Tally();
          const receive = Effect.gen(function* () {
            while (tally.taken < round.count) {
              const end = tally.taken + windowAt(tally.taken, round.count);
              for (let i = tally.taken; i < end; i++) Queue.offerUnsafe(queue, i);
              while (tally.taken < end) tally.take(yield* Queue.take(queue));
            }
          });
          round.start();
          await Effect.runPromise(receive);
          round.stop();
          tally.finish(round.count);
        },
      0.1,
    ),
    builtIn(
      "web ReadableStream",
      async (round) => {
        let controller!: ReadableStreamDefaultController<number>;
        const stream = new ReadableStream<number>({ start: (given) => void (controller = given) });
        const reader = stream.getReader();
        const tally = new Tally();
        round.start();
        while (tally.taken < round.count) {
          const end = tally.taken + windowAt(tally.taken, round.count);
          for (let i = tally.taken; i < end; i++) controller.enqueue(i);
          while (tally.taken < end) tally.take((await reader.read()).value);
        }
        round.stop();
        tally.finish(round.count);
      },
      0.1,
    ),
    peer(
      "p-queue, add",
      "p-queue",
      ({ default: PQueue }: PQueueModule) =>
        async (round) => {
          const queue = new PQueue({ concurrency: 1 });
          const tally = new Tally();
          round.start();
          for (let i = 0; i < round.count; i++) tally.take(await queue.add(() => i));
          round.stop();
          tally.finish(round.count);
        },
      0.05,
    ),
  ],
};

const waiting: Case = {
  name: "hand-off to a waiting receiver",
  count: 200_000,
  checkCount: 2_500,
  goal: { ns: 90, floorNs: 65 },
  contenders: [
    floor(async (round) => {
      const channel = new Channel();
      const tally = new Tally();
      round.start();
      for (let i = 0; i < round.count; i++) {
        const item = channel.take();
        channel.put(i);
        tally.take(await item);
      }
      round.stop();
      tally.finish(round.count);
    }),
    ours("SyncQueue", async (round) => {
      const queue = new SyncQueue<number>();
      const tally = new Tally();
      round.start();
      for (let i = 0; i < round.count; i++) {
        const item = queue.dequeue();
        queue.enqueue(i);
        tally.take(await item);
      }
      round.stop();
      tally.finish(round.count);
    }),
    peer(
      "it-pushable",
      "it-pushable",
      ({ pushable }: PushableModule) =>
        async (round) => {
          const queue = pushable({ objectMode: true });
          const tally = new Tally();
          round.start();
          for (let i = 0; i < round.count; i++) {
            const item = queue.next();
            queue.push(i);
            tally.take((await item).value);
          }
          round.stop();
          tally.finish(round.count);
        },
      0.2,
    ),
    peer(
      "effect, Queue",
      "effect",
      ({ Effect, Queue }: EffectModule) =>
        async (round) => {
          const queue = Effect.runSync(Queue.unbounded());
          const tally = new Tally();
          round.start();
          for (let i = 0; i < round.count; i++) {
            const item = Effect.runPromise(Queue.take(queue));
            Queue.offerUnsafe(queue, i);
            tally.take(await item);
          }
          round.stop();
          tally.finish(round.count);
        },
      0.05,
    ),
    builtIn(
      "web ReadableStream",
      async (round) => {
        let controller!: ReadableStreamDefaultController<number>;
        const stream = new ReadableStream<number>({ start: (given) => void (controller = given) });
        const reader = stream.getReader();
        const tally = new Tally();
        round.start();
        for (let i = 0; i < round.count; i++) {
          const read = reader.read();
          controller.enqueue(i);
          tally.take((await read).value);
        }
        round.stop();
        tally.finish(round.count);
      },
      0.1,
    ),
  ],
};

const bounded: Case = {
  name: "bounded to 16, put and take, both sides awaiting",
  count: 200_000,
  checkCount: 2_500,
  goal: { ns: 120, floorNs: 87 },
  contenders: [
    floor(async (round) => {
      const channel = new BoundedChannel();
      const tally = new Tally();
      const send = async () => {
        for (let i = 0; i < round.count; i++) await channel.put(i);
      };
      round.start();
      const sent = send();
      while (tally.taken < round.count) tally.take(await channel.take());
      await sent;
      round.stop();
      tally.finish(round.count);
    }),
    ours("SyncQueue", async (round) => {
      const queue = new SyncQueue<number>({ maxItems: 16 });
      const tally = new Tally();
      const send = async () => {
        for (let i = 0; i < round.count; i++) await queue.enqueueWhenRoom(i);
      };
      round.start();
      const sent = send();
      while (tally.taken < round.count) tally.take(await queue.dequeue());
      await sent;
      round.stop();
      tally.finish(round.count);
    }),
    peer(
      "effect, Queue, two fibers",
      "effect",
      ({ Effect, Queue }: EffectModule) =>
        async (round) => {
          const queue = Effect.runSync(Queue.bounded(16));
          const tally = new Tally();
          const send = Effect.gen(function* () {
            for (let i = 0; i < round.count; i++) yield* Queue.offer(queue, i);
          });
          const receive = Effect.gen(function* () {
            while (tally.taken < round.count) tally.take(yield* Queue.take(queue));
          });
          round.start();
          await Effect.runPromise(Effect.all([send, receive], { concurrency: 2, discard: true }));
          round.stop();
          tally.finish(round.count);
        },
      0.1,
    ),
    builtIn(
      "node PassThrough",
      async (round) => {
        const stream = new PassThrough({ objectMode: true, highWaterMark: 16 });
        const tally = new Tally();
        const send = async () => {
          for (let i = 0; i < round.count; i++) {
            if (!stream.write(i)) await new Promise((resolve) => stream.once("drain", resolve));
          }
          stream.end();
        };
        round.start();
        const sent = send();
        for await (const item of stream) tally.take(item as number);
        await sent;
        round.stop();
        tally.finish(round.count);
      },
      0.25,
    ),
    builtIn(
      "web TransformStream",
      async (round) => {
        const { readable, writable } = new TransformStream<number, number>(undefined, { highWaterMark: 16 });
        const writer = writable.getWriter();
        const reader = readable.getReader();
        const tally = new Tally();
        const send = async () => {
          for (let i = 0; i < round.count; i++) await writer.write(i);
        };
        round.start();
        const sent = send();
        while (tally.taken < round.count) tally.take((await reader.read()).value);
        await sent;
        round.stop();
        tally.finish(round.count);
      },
      0.05,
    ),
  ],
};

export const cases: readonly Case[] = [present, waiting, bounded];
