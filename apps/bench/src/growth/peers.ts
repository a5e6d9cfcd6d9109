import { type Holder, peer, type Subject } from "./scales.ts";
import { expectSame } from "../wrong-result.ts";

interface DenqueModule {
  readonly default: new () => { push(item: number): void; shift(): number | undefined; isEmpty(): boolean };
}

interface PQueueModule {
  readonly default: new (options: {
    concurrency: number;
  }) => {
    add(task: () => Promise<void>): Promise<unknown>;
    onIdle(): Promise<void>;
  };
}

interface FastqModule {
  readonly default: (
    worker: (item: number, done: () => void) => void,
    concurrency: number,
  ) => { push(item: number, done: () => void): void; drain: () => void };
}

interface AsyncModule {
  readonly cargoQueue: (
    worker: (items: number[], done: () => void) => void,
    concurrency: number,
    payload: number,
  ) => { push(item: number, done: () => void): void; drain(): Promise<void> };
}

const BATCH = 100;
const WORKERS = 10;

function denque({ default: Denque }: DenqueModule): Holder {
  const items = new Denque();
  return {
    fill: (count) => {
      for (let i = 0; i < count; i++) items.push(i);
    },
    empty: () => {
      let wrong = 0;
      for (let i = 0; !items.isEmpty(); i++) if (items.shift() !== i) wrong++;
      expectSame("items out of their place", wrong, 0);
    },
  };
}

function pQueue({ default: PQueue }: PQueueModule): Holder {
  const queue = new PQueue({ concurrency: WORKERS });
  let done = 0;
  let added = 0;
  const task = () => {
    done++;
    return Promise.resolve();
  };
  return {
    fill: (count) => {
      added += count;
      for (let i = 0; i < count; i++) void queue.add(task);
    },
    empty: async () => {
      await queue.onIdle();
      expectSame("tasks done", done, added);
    },
  };
}

function fastq({ default: make }: FastqModule): Holder {
  let done = 0;
  let pushed = 0;
  const onDone = () => {
    done++;
  };
  const queue = make((_, settle) => queueMicrotask(settle), WORKERS);
  let drained: Promise<void> | undefined;
  return {
    fill: (count) => {
      pushed += count;
      drained = new Promise((resolve) => (queue.drain = resolve));
      for (let i = 0; i < count; i++) queue.push(i, onDone);
    },
    empty: async () => {
      await drained;
      expectSame("callbacks", done, pushed);
    },
  };
}

function cargoQueue({ cargoQueue: make }: AsyncModule): Holder {
  let done = 0;
  let pushed = 0;
  const onDone = () => {
    done++;
  };
  const queue = make((_, settle) => queueMicrotask(settle), 4, BATCH);
  let drained: Promise<void> | undefined;
  return {
    fill: (count) => {
      pushed += count;
      // To be asked for before it is empty, or it waits for the next time.
      drained = queue.drain();
      for (let i = 0; i < count; i++) queue.push(i, onDone);
    },
    empty: async () => {
      await drained;
      expectSame("callbacks", done, pushed);
    },
  };
}

/** A callback in place of a promise, except for `p-queue`. */
export const waitingPeers: readonly Subject[] = [
  peer("denque", "denque", denque),
  peer("p-queue, add", "p-queue", pQueue),
  peer("fastq, push", "fastq", fastq),
  peer("async.cargoQueue, push", "async", cargoQueue),
];
