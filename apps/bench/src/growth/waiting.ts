import { BackgroundProcessor } from "@disp/background";
import { BatchProcessor } from "@disp/batch-processor";
import { blockNewItems, Dispatcher, unbounded } from "@disp/core";
import { RateLimiter } from "@disp/ratelimit";
import { Deque, SyncQueue } from "@disp/sync-queue";
import { WorkerPool } from "@disp/worker-pool";
import { keyNames } from "./key-names.ts";
import { waitingPeers } from "./peers.ts";
import { COLUMNS, type Holder, ours, weighAll } from "./scales.ts";
import { Valve } from "./valve.ts";
import type { Study } from "../study.ts";
import { expectSame } from "../wrong-result.ts";

// Items are small integers, which take no memory of their own. Where a call gives a promise, that promise counts; what
// a caller would attach to it does not: only the last one is looked at, and what came out is counted elsewhere.

const BATCH = 100;

function deque(): Holder {
  const items = new Deque<number>();
  return {
    fill: (count) => {
      for (let i = 0; i < count; i++) items.pushBack(i);
    },
    empty: () => {
      let wrong = 0;
      for (let i = 0; items.size > 0; i++) if (items.popFront() !== i) wrong++;
      expectSame("items out of their place", wrong, 0);
    },
  };
}

function syncQueue(): Holder {
  const queue = new SyncQueue<number>();
  return {
    fill: (count) => {
      for (let i = 0; i < count; i++) queue.enqueue(i);
    },
    empty: () => {
      let wrong = 0;
      for (let i = 0; queue.size > 0; i++) if (queue.tryDequeue() !== i) wrong++;
      expectSame("items out of their place", wrong, 0);
    },
  };
}

function receivers(): Holder {
  const queue = new SyncQueue<number>();
  let last: Promise<number> | undefined;
  let count = 0;
  return {
    fill: (more) => {
      count = more;
      for (let i = 0; i < more; i++) last = queue.dequeue();
    },
    empty: async () => {
      for (let i = 0; i < count; i++) queue.enqueue(i);
      expectSame("what the last receiver got", await last, count - 1);
      expectSame("receivers and items left", queue.waiting + queue.size, 0);
    },
  };
}

/** @param isBlocking - Whether there is room for one batch, and who pushes has to wait. */
function dispatcher(isBlocking: boolean, hand: (dispatcher: Dispatcher<number>, item: number) => unknown): Holder {
  let handed = 0;
  let sent = 0;
  let last: unknown;
  const target = new Dispatcher<number>({
    send: ({ items }) => {
      sent += items.length;
      return Promise.resolve();
    },
    batch: { maxItems: BATCH },
    overflow: isBlocking ? blockNewItems({ maxItems: BATCH }) : unbounded(),
  });
  return {
    fill: (count) => {
      const end = handed + count + (isBlocking ? BATCH : 0);
      while (handed < end) last = hand(target, handed++);
      expectSame("waiting calls", target.stats().waiting, isBlocking ? count : 0);
    },
    empty: async () => {
      await Promise.all([last, target.flush()]);
      // Those who had to wait for room were let in meanwhile.
      await target.flush();
      expectSame("items sent", sent, handed);
      expectSame("items delivered", target.stats().delivered, handed);
    },
  };
}

function pool(hand: (pool: WorkerPool, task: () => Promise<void>) => unknown): Holder {
  const workers = new WorkerPool({ maxWorkers: 10 });
  let handed = 0;
  let done = 0;
  let last: unknown;
  const task = () => {
    done++;
    return Promise.resolve();
  };
  workers.run();
  return {
    fill: (count) => {
      handed += count;
      for (let i = 0; i < count; i++) last = hand(workers, task);
    },
    empty: async () => {
      await last;
      await workers.quit({ drain: true });
      workers.run();
      expectSame("tasks done", done, handed);
    },
  };
}

function background(): Holder {
  const valve = new Valve();
  const keys = keyNames(0);
  let done = 0;
  let scheduled = 0;
  const processor = new BackgroundProcessor<number>({
    process: () => {
      done++;
      return valve.passed;
    },
  });
  return {
    fill: async (count) => {
      valve.close();
      let last: unknown;
      for (let i = 0; i < count; i++) last = processor.schedule(keys[i] as string, i);
      await last;
      scheduled += count;
      expectSame("scheduled", processor.stats().scheduled, scheduled);
    },
    empty: async () => {
      valve.open();
      while (processor.stats().completed < scheduled) await new Promise(setImmediate);
      expectSame("jobs done", done, scheduled);
      expectSame("jobs left", processor.queueLength, 0);
    },
  };
}

function operations(): Holder {
  let ran = 0;
  let called = 0;
  const processor = new BatchProcessor<undefined>({ minDurationMs: 0 });
  const operation = () => ++ran;
  let last: Promise<number> | undefined;
  return {
    fill: (count) => {
      called += count;
      for (let i = 0; i < count; i++) last = processor.run("key", operation);
    },
    empty: async () => {
      expectSame("the last operation", await last, called);
      expectSame("operations run", ran, called);
      expectSame("batches left", processor.stats().openBatches + processor.stats().runningBatches, 0);
    },
  };
}

function limiter(): Holder {
  const slow = { ratePerSecond: 0.001, burst: 1 };
  const rate = new RateLimiter(slow);
  let last: Promise<void> | undefined;
  return {
    fill: (count) => {
      rate.setRate(slow.ratePerSecond);
      rate.allow();
      for (let i = 0; i < count; i++) last = rate.wait();
    },
    empty: async () => {
      // All who wait are let go at once.
      rate.setRate(Infinity);
      await last;
      // Those who came last are forgotten with the next call.
      await rate.wait();
    },
  };
}

export const bytesPerWaitingItem: Study = {
  name: "bytes per waiting item",
  about:
    "So many items, calls or tasks wait at a time. Small integers and one and the same task, so that nothing counts but what holds them, and the promise where the call gives one. The last column: what is still held once all of the largest number have gone.",
  columns: COLUMNS,
  run: (stage) => {
    keyNames(stage.isSmoke ? 100 : 1_000_000);
    const subjects = [
      ours("Deque", deque),
      ours("SyncQueue, items", syncQueue),
      ours("SyncQueue, receivers that wait", receivers),
      ours("Dispatcher, tryPush", () => dispatcher(false, (target, item) => target.tryPush(item))),
      ours("Dispatcher, push that waits for room", () => dispatcher(true, (target, item) => target.push(item))),
      ours("Dispatcher, deliver", () => dispatcher(false, (target, item) => target.deliver(item))),
      ours("WorkerPool, dispatch", () => pool((workers, task) => workers.dispatch(task))),
      ours("WorkerPool, execute", () => pool((workers, task) => workers.execute(task))),
      ours("BackgroundProcessor, jobs", background),
      ours("BatchProcessor, operations of one key", operations),
      ours("RateLimiter, wait", limiter),
      ...waitingPeers,
    ];
    return weighAll(subjects, stage);
  },
};
