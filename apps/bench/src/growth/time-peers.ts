import type { Play } from "../case.ts";
import type { Course } from "./time.ts";
import { Tally } from "../tally.ts";
import { expectSame } from "../wrong-result.ts";

interface DenqueModule {
  readonly default: new () => { push(item: number): void; shift(): number | undefined };
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

function peer(name: string, from: string, open: (module: never) => Play, most: number): Course {
  // Peers may not be installed, so their own types cannot be looked at.
  return { name, kind: "peer", from, open: open as Course["open"], most };
}

function denque({ default: Denque }: DenqueModule): Play {
  return (round) => {
    const items = new Denque();
    let wrong = 0;
    round.start();
    for (let i = 0; i < round.count; i++) items.push(i);
    for (let i = 0; i < round.count; i++) if (items.shift() !== i) wrong++;
    round.stop();
    expectSame("items out of their place", wrong, 0);
  };
}

function fastq({ default: make }: FastqModule): Play {
  return async (round) => {
    const tally = new Tally();
    let called = 0;
    const onDone = () => {
      called++;
    };
    const queue = make((item, settle) => {
      tally.take(item);
      queueMicrotask(settle);
    }, 10);
    const drained = new Promise<void>((resolve) => (queue.drain = resolve));
    round.start();
    for (let i = 0; i < round.count; i++) queue.push(i, onDone);
    await drained;
    round.stop();
    tally.finish(round.count);
    expectSame("callbacks", called, round.count);
  };
}

function pQueue({ default: PQueue }: PQueueModule): Play {
  return async (round) => {
    let done = 0;
    const task = () => {
      done++;
      return Promise.resolve();
    };
    const queue = new PQueue({ concurrency: 10 });
    round.start();
    for (let i = 0; i < round.count; i++) void queue.add(task);
    await queue.onIdle();
    round.stop();
    expectSame("tasks done", done, round.count);
  };
}

function cargoQueue({ cargoQueue: make }: AsyncModule): Play {
  return async (round) => {
    const tally = new Tally();
    let called = 0;
    const onDone = () => {
      called++;
    };
    const send = (items: number[], settle: () => void) => {
      tally.takeBatch(items, false);
      queueMicrotask(settle);
    };
    const queue = make(send, 4, 100);
    round.start();
    for (let i = 0; i < round.count; i++) queue.push(i, onDone);
    await queue.drain();
    round.stop();
    tally.finish(round.count);
    expectSame("callbacks", called, round.count);
  };
}

/** Up to where a round takes some seconds at most. */
export const timedPeers: readonly Course[] = [
  peer("denque: all in, all out", "denque", denque, 10_000_000),
  peer("async.cargoQueue, push: all wait, then are sent", "async", cargoQueue, 1_000_000),
  peer("fastq, push: all wait, then are done", "fastq", fastq, 1_000_000),
  peer("p-queue, add: all wait, then are done", "p-queue", pQueue, 100_000),
];
