import { once } from "node:events";
import { Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { blockNewItems, Dispatcher } from "@disp/core";
import type { Participant } from "./rows.ts";

/** Where items go in, one after the other. */
export interface Door {
  /** Resolves when the item is in. */
  push(item: number): Promise<void>;
  /** @returns whether it is in. */
  tryPush(item: number): boolean;
  inside(): number;
  /** Resolves when all is out. */
  end(): Promise<void>;
}

export type DoorSetUp = (send: (items: readonly number[]) => Promise<void>) => Door;

export type DoorParticipant = Participant<DoorSetUp>;

/** Items that may be inside, those under way included. */
export const ROOM = 50;

const BATCH = 10;
const SENDERS = 4;

/** Those who count only what waits let so much wait. */
const WAITING = ROOM - SENDERS * BATCH;

export const byDispatcher: DoorParticipant = {
  name: "Dispatcher, push",
  kind: "ours",
  open: () => (send) => {
    const dispatcher = new Dispatcher<number>({
      send: ({ items }) => send(items),
      batch: { maxItems: BATCH, maxAgeMs: 0 },
      maxConcurrency: SENDERS,
      overflow: blockNewItems({ maxItems: ROOM }),
    });
    return {
      push: (item) => dispatcher.push(item),
      tryPush: (item) => dispatcher.tryPush(item),
      inside: () => dispatcher.stats().buffer.total.items,
      async end() {
        await dispatcher.drain();
      },
    };
  },
};

/** It wakes all who wait for "drain" at once, so they look again; and it writes one batch at a time. */
export const byStream: DoorParticipant = {
  name: 'Writable, "drain"',
  kind: "peer",
  open: () => (send) => {
    const stream = new Writable({
      objectMode: true,
      highWaterMark: ROOM,
      writev: (chunks, done) => void send(chunks.map(({ chunk }) => chunk as number)).then(() => done(), done),
    });
    stream.setMaxListeners(Infinity);
    return {
      async push(item) {
        while (stream.writableNeedDrain) await once(stream, "drain");
        stream.write(item);
      },
      tryPush(item) {
        if (stream.writableNeedDrain) return false;
        stream.write(item);
        return true;
      },
      inside: () => stream.writableLength,
      async end() {
        stream.end();
        await once(stream, "finish");
      },
    };
  },
};

interface PQueueModule {
  readonly default: new (options: {
    concurrency: number;
  }) => {
    readonly size: number;
    readonly pending: number;
    add(task: () => Promise<void>): Promise<void>;
    onSizeLessThan(limit: number): Promise<void>;
    onIdle(): Promise<void>;
  };
}

/** It runs a function per item, and wakes all who wait at once. */
export const byPQueue: DoorParticipant = {
  name: "p-queue, onSizeLessThan",
  kind: "peer",
  from: "p-queue",
  open:
    ({ default: PQueue }: PQueueModule) =>
    (send) => {
      const queue = new PQueue({ concurrency: SENDERS * BATCH });
      const add = (item: number) => void queue.add(() => send([item]));
      return {
        async push(item) {
          while (queue.size >= WAITING) await queue.onSizeLessThan(WAITING);
          add(item);
        },
        tryPush(item) {
          if (queue.size >= WAITING) return false;
          add(item);
          return true;
        },
        inside: () => queue.size + queue.pending,
        end: () => queue.onIdle(),
      };
    },
};

interface AsyncModule {
  readonly cargoQueue: (
    worker: (items: number[], done: () => void) => void,
    concurrency: number,
    payload: number,
  ) => {
    push(item: number, done: () => void): void;
    length(): number;
    workersList(): unknown[];
    idle(): boolean;
    unsaturated(): Promise<void>;
  };
}

/** It wakes all who wait whenever a worker is done. */
export const byCargoQueue: DoorParticipant = {
  name: "async.cargoQueue, unsaturated",
  kind: "peer",
  from: "async",
  open:
    ({ cargoQueue }: AsyncModule) =>
    (send) => {
      const onItem = () => undefined;
      const queue = cargoQueue((items, done) => void send(items).then(done), SENDERS, BATCH);
      return {
        async push(item) {
          while (queue.length() >= WAITING) await queue.unsaturated();
          queue.push(item, onItem);
        },
        tryPush(item) {
          if (queue.length() >= WAITING) return false;
          queue.push(item, onItem);
          return true;
        },
        inside: () => queue.length() + queue.workersList().length,
        async end() {
          while (!queue.idle()) await nextTurn();
        },
      };
    },
};
