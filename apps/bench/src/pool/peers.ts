import { Tally } from "../tally.ts";

// What the cases of the pool have in common: the tasks, and what is used of the peers.

export interface FastqModule {
  readonly default: {
    (worker: (item: number, done: () => void) => void, concurrency: number): FastqQueue;
    promise(worker: (item: number) => Promise<number>, concurrency: number): { push(item: number): Promise<number> };
  };
}

interface FastqQueue {
  push(item: number, done: () => void): void;
  drain: () => void;
}

/** A failure, or null and a result. */
type AsyncDone = (error?: null, result?: number) => void;

export interface AsyncModule {
  readonly queue: (worker: (item: number, done: AsyncDone) => void, concurrency: number) => AsyncQueue;
}

interface AsyncQueue {
  push(item: number, done: () => void): void;
  /** With a promise in place of a callback. */
  push(item: number): Promise<number>;
  drain(): Promise<void>;
}

export interface PLimitModule {
  readonly default: (concurrency: number) => (task: () => Promise<number>) => Promise<number>;
}

export interface PQueueModule {
  readonly default: new (options: { concurrency: number }) => { add(task: () => Promise<number>): Promise<number> };
}

export interface BottleneckModule {
  readonly default: new (options: {
    maxConcurrent: number;
  }) => {
    schedule(task: () => Promise<number>): Promise<number>;
  };
}

/** Says what to do. It is done when it is run. */
type Effect<A> = Readonly<Record<"effect", A>>;

export interface EffectModule {
  readonly Effect: {
    promise(task: () => Promise<number>): Effect<number>;
    forEach(
      items: readonly (() => Promise<number>)[],
      run: (task: () => Promise<number>) => Effect<number>,
      options: { concurrency: number; discard: true },
    ): Effect<void>;
    runPromise<A>(effect: Effect<A>): Promise<A>;
  };
  readonly Semaphore: {
    makeUnsafe(permits: number): { withPermits(permits: number): (effect: Effect<number>) => Effect<number> };
  };
}

type Operator = Readonly<Record<"operator", unknown>>;

interface Stream {
  subscribe(observer: { next: (item: number) => void; complete: () => void }): unknown;
}

export interface RxModule {
  readonly Subject: new () => {
    next(task: () => Promise<number>): void;
    complete(): void;
    pipe(operator: Operator): Stream;
  };
  readonly mergeMap: (run: (task: () => Promise<number>) => Promise<number>, concurrency: number) => Operator;
}

export const WORKERS = 10;
export const WINDOW = 1_000;
export const ITEMS = 100_000;

/** The tasks of a round are told here when they run. Contenders take turns, so there is one at a time. */
let begun = new Tally();

/** Tasks as everybody writes them, each with something of its own. They stay: to make them is no part of the job. */
export const TASKS: (() => Promise<number>)[] = [];

export function prepare(count: number): void {
  begun = new Tally();
  for (let item = TASKS.length; item < count; item++) TASKS.push(() => work(item));
}

/** @throws WrongResultError unless all tasks ran, in order. */
export function expectAllRan(count: number): void {
  begun.finish(count);
}

export function work(item: number): Promise<number> {
  begun.take(item);
  return Promise.resolve(item);
}

/** For a queue that is told by a callback when an item is done. */
export function workThen(item: number, done: () => void): void {
  begun.take(item);
  queueMicrotask(done);
}

/** The same for one that hands on results. */
export function workThenTell(item: number, done: (error: null, result: number) => void): void {
  begun.take(item);
  queueMicrotask(() => done(null, item));
}
