import { BackgroundProcessor } from "@disp/background";
import { BatchProcessor } from "@disp/batch-processor";
import { blockNewItems, Dispatcher, unbounded } from "@disp/core";
import { KeyedRateLimiter } from "@disp/ratelimit";
import { Deque, SyncQueue } from "@disp/sync-queue";
import { WorkerPool } from "@disp/worker-pool";
import type { Play } from "../case.ts";
import { keyNames } from "./key-names.ts";
import { timedPeers } from "./time-peers.ts";
import { time } from "../rounds.ts";
import { median } from "../statistics.ts";
import type { Row, Stage, Study } from "../study.ts";
import { Tally } from "../tally.ts";
import { expectSame, WrongResultError } from "../wrong-result.ts";

const SIZES: readonly number[] = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/** Somebody who does a job of any size. */
export interface Course {
  readonly name: string;
  readonly kind: Row["kind"];
  readonly from: string | undefined;
  /** The largest job. */
  readonly most: number;
  /** @param module - What `from` exports. */
  readonly open: (module: unknown) => Play;
}

function ours(name: string, play: Play, most = Infinity): Course {
  return { name, kind: "ours", from: undefined, most, open: () => play };
}

const deque: Play = (round) => {
  const items = new Deque<number>();
  let wrong = 0;
  round.start();
  for (let i = 0; i < round.count; i++) items.pushBack(i);
  for (let i = 0; i < round.count; i++) if (items.popFront() !== i) wrong++;
  round.stop();
  expectSame("items out of their place", wrong, 0);
  expectSame("items left", items.size, 0);
};

const syncQueue: Play = (round) => {
  const queue = new SyncQueue<number>();
  let wrong = 0;
  round.start();
  for (let i = 0; i < round.count; i++) queue.enqueue(i);
  for (let i = 0; i < round.count; i++) if (queue.tryDequeue() !== i) wrong++;
  round.stop();
  expectSame("items out of their place", wrong, 0);
  expectSame("items left", queue.size, 0);
};

const receivers: Play = async (round) => {
  const queue = new SyncQueue<number>();
  let last: Promise<number> | undefined;
  round.start();
  for (let i = 0; i < round.count; i++) last = queue.dequeue();
  for (let i = 0; i < round.count; i++) queue.enqueue(i);
  round.stop();
  expectSame("what the last receiver got", await last, round.count - 1);
};

const tryPush: Play = async (round) => {
  const tally = new Tally();
  const dispatcher = new Dispatcher<number>({
    send: ({ items }) => {
      tally.takeBatch(items, false);
      return Promise.resolve();
    },
    batch: { maxItems: 100 },
    overflow: unbounded(),
  });
  round.start();
  for (let i = 0; i < round.count; i++) dispatcher.tryPush(i);
  const { delivered } = await dispatcher.drain();
  round.stop();
  tally.finish(round.count);
  expectSame("delivered", delivered, round.count);
};

/** All wait in line but those of the first batch. */
const push: Play = async (round) => {
  const tally = new Tally();
  const dispatcher = new Dispatcher<number>({
    send: ({ items }) => {
      tally.takeBatch(items, false);
      return Promise.resolve();
    },
    batch: { maxItems: 100 },
    overflow: blockNewItems({ maxItems: 100 }),
  });
  let last: Promise<void> | undefined;
  round.start();
  for (let i = 0; i < round.count; i++) last = dispatcher.push(i);
  await last;
  const { delivered } = await dispatcher.drain();
  round.stop();
  tally.finish(round.count);
  expectSame("delivered", delivered, round.count);
};

const dispatch: Play = async (round) => {
  let done = 0;
  const task = () => {
    done++;
    return Promise.resolve();
  };
  const pool = new WorkerPool({ maxWorkers: 10 });
  pool.run();
  round.start();
  for (let i = 0; i < round.count; i++) pool.dispatch(task);
  const { completed } = await pool.quit({ drain: true });
  round.stop();
  expectSame("tasks done", done, round.count);
  expectSame("completed", completed, round.count);
};

const operations: Play = async (round) => {
  const keys = keyNames(round.count);
  let saved = 0;
  let sum = 0;
  const processor = new BatchProcessor<number>({ load: () => 1, save: () => saved++, minDurationMs: 0 });
  const operation = (resource: number) => {
    sum += resource;
  };
  round.start();
  for (let i = 0; i < round.count; i++) void processor.run(keys[i] as string, operation);
  await processor.stop();
  round.stop();
  expectSame("operations run", sum, round.count);
  expectSame("keys saved", saved, round.count);
};

const jobs: Play = async (round) => {
  const keys = keyNames(round.count);
  const tally = new Tally();
  const processor = new BackgroundProcessor<number>({ process: (item) => tally.take(item) });
  round.start();
  for (let i = 0; i < round.count; i++) void processor.schedule(keys[i] as string, i);
  await processor.stop({ drain: true });
  round.stop();
  tally.finish(round.count);
  expectSame("completed", processor.stats().completed, round.count);
};

/** Numbers, since ten million strings would be most of what is measured. */
const keyed: Play = (round) => {
  const limiter = new KeyedRateLimiter<number>({ ratePerSecond: 1, burst: 1, maxKeys: Infinity });
  let allowed = 0;
  round.start();
  for (let i = 0; i < round.count; i++) if (limiter.allow(i, 1, 0)) allowed++;
  for (let i = 0; i < round.count; i++) if (limiter.allow(i, 1, 0)) allowed++;
  round.stop();
  expectSame("allowed", allowed, round.count);
  expectSame("keys", limiter.size, round.count);
};

const COURSES: readonly Course[] = [
  ours("Deque: all in, all out", deque),
  ours("SyncQueue: all in, all out", syncQueue),
  ours("SyncQueue: so many receivers wait", receivers, 1_000_000),
  ours("Dispatcher, tryPush: all wait, then are sent", tryPush),
  ours("Dispatcher, push: all in line for room", push, 1_000_000),
  ours("WorkerPool, dispatch: all wait, then are done", dispatch),
  ours("BatchProcessor: a key each, all at once", operations, 1_000_000),
  ours("BackgroundProcessor: a key each, all wait, then are done", jobs, 1_000_000),
  ours("KeyedRateLimiter: so many keys, each twice", keyed),
  ...timedPeers,
];

/** From one size to the next, ten times as large: where a job grows with the square of its size, an item takes 10 times as long. */
const MOST_TIMES = 6;

async function rowOf(course: Course, stage: Stage): Promise<Row> {
  const { name, kind, from } = course;
  try {
    const module = from === undefined ? undefined : await stage.load(from);
    if (from !== undefined && module === undefined) return { name, kind, cells: SIZES.map(() => "not installed") };
    return { name, kind, cells: await cellsOf(course, course.open(module), stage.isSmoke) };
  } catch (error) {
    // Ours may not fail. A peer that does is shown with it.
    if (kind === "ours") throw error;
    return { name, kind, cells: [`FAILS: ${String(error)}`, ...SIZES.slice(1).map(() => "")] };
  }
}

async function cellsOf({ name, kind, most }: Course, play: Play, isSmoke: boolean): Promise<(number | string)[]> {
  for (let i = 0; i < (isSmoke ? 0 : 30); i++) await time(play, 10_000);
  const cells: (number | string)[] = [];
  for (const size of SIZES) {
    if (size > most || (isSmoke && cells.length > 0)) cells.push("");
    else cells.push(await timeOf(play, size, isSmoke));
  }
  const figures = cells.filter((cell) => typeof cell === "number");
  const [last = 0, before = Infinity] = figures.slice(-2).reverse();
  if (kind === "ours" && last / before > MOST_TIMES) {
    throw new WrongResultError(`${name}, items took longer, the more there were: ${figures.join(", ")} ns`);
  }
  return cells;
}

/** The median of so many rounds that small sizes, too, are timed for some ten milliseconds. */
async function timeOf(play: Play, size: number, isSmoke: boolean): Promise<number> {
  const rounds = isSmoke ? 1 : Math.max(3, Math.min(51, 300_000 / size));
  const timings: number[] = [];
  for (let i = 0; i < rounds; i++) timings.push((await time(play, size)).ns);
  return median(timings);
}

export const timePerItem: Study = {
  name: "time per item as work grows",
  about:
    "ns for each item, of jobs of so many items. All of them wait inside at a time before the first comes out. What grows here is what larger memory costs, and the collection of garbage; nothing may grow with the number of items itself.",
  columns: SIZES.map((size) => `${size.toLocaleString("en")}, ns each`),
  run: async (stage) => {
    const rows: Row[] = [];
    for (const course of COURSES) rows.push(await rowOf(course, stage));
    return rows;
  },
};
