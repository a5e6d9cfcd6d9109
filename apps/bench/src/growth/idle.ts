import { execFile } from "node:child_process";
import { BackgroundProcessor } from "@disp/background";
import { BatchProcessor } from "@disp/batch-processor";
import { Dispatcher } from "@disp/core";
import { KeyedRateLimiter, RateLimiter } from "@disp/ratelimit";
import { SyncQueue } from "@disp/sync-queue";
import { WorkerPool } from "@disp/worker-pool";
import { activeTimers } from "./timers.ts";
import { NO_SCALES, Scales } from "../heap.ts";
import type { Row, Stage, Study } from "../study.ts";
import { expectSame, WrongResultError } from "../wrong-result.ts";

const INSTANCES = 1_000;

/** An instance that nobody uses, and a way to use it. */
interface Idler {
  /** Something that takes a timer. Resolves when it is over. */
  use(): Promise<unknown>;
}

interface Kind {
  readonly name: string;
  readonly make: () => Idler;
}

// Each is used once with a timer: an age, a window, a timeout, a hold, or a wait for a token.

function dispatcher(): Idler {
  const target = new Dispatcher<number>({ send: () => undefined, batch: { maxAgeMs: 1 }, sendTimeoutMs: 60_000 });
  return { use: () => target.deliver(1) };
}

function pool(): Idler {
  // It scales down after a millisecond, and not after five minutes: that timer is no leak, but too long to wait for.
  const workers = new WorkerPool({ maxWorkers: 4, scaleDownAfterMs: 1 });
  workers.run();
  return { use: () => workers.execute(() => new Promise(setImmediate)) };
}

function batchProcessor(): Idler {
  const processor = new BatchProcessor<undefined>({ minDurationMs: 1, save: () => undefined });
  return { use: () => processor.run("key", () => 1) };
}

function background(): Idler {
  let finish: () => void = () => undefined;
  const done = new Promise<void>((resolve) => (finish = resolve));
  const processor = new BackgroundProcessor<number>({
    process: () => {
      finish();
      return 1;
    },
  });
  return { use: () => Promise.all([processor.schedule("key", 1, { holdMs: 1 }), done]) };
}

function rateLimiter(): Idler {
  const limiter = new RateLimiter({ ratePerSecond: 1_000 });
  return { use: () => Promise.all([limiter.wait(), limiter.wait()]) };
}

function keyedRateLimiter(): Idler {
  const limiter = new KeyedRateLimiter<string>({ ratePerSecond: 1_000 });
  return { use: () => Promise.all([limiter.wait("key"), limiter.wait("key")]) };
}

function syncQueue(): Idler {
  const queue = new SyncQueue<number>();
  return {
    use: () => {
      const item = queue.dequeue();
      queue.enqueue(1);
      return item;
    },
  };
}

const KINDS: readonly Kind[] = [
  { name: "Dispatcher", make: dispatcher },
  { name: "WorkerPool, running", make: pool },
  { name: "BatchProcessor", make: batchProcessor },
  { name: "BackgroundProcessor", make: background },
  { name: "RateLimiter", make: rateLimiter },
  { name: "KeyedRateLimiter", make: keyedRateLimiter },
  { name: "SyncQueue", make: syncQueue },
];

/** What the process that has to end by itself does: each of all kinds is made and used, and none is closed. */
export async function leaveIdle(instances: number): Promise<void> {
  const idlers = KINDS.flatMap(({ make }) => Array.from({ length: instances }, make));
  await Promise.all(idlers.map((idler) => idler.use()));
  process.stdout.write(`used ${idlers.length}`);
}

async function rowOf({ name, make }: Kind, instances: number, isSmoke: boolean): Promise<Row> {
  // What is compiled for the first one is no part of the others.
  await make().use();
  await noTimers(`after one ${name}`);
  const scales = isSmoke ? NO_SCALES : new Scales();
  const idlers = Array.from({ length: instances }, make);
  const unusedKb = scales.grown() / instances / 1_024;
  const timers = await noTimers(`with ${instances} of ${name}`);
  await Promise.all(idlers.map((idler) => idler.use()));
  const timersAfterwards = await noTimers(`after ${instances} of ${name} were used`);
  const usedKb = scales.grown() / instances / 1_024;
  expectSame("instances that are alive", idlers.length, instances);
  return { name, kind: "ours", cells: [unusedKb, timers, usedKb, timersAfterwards] };
}

/** What a last use has begun may take some milliseconds to end. @throws WrongResultError if it does not. */
async function noTimers(when: string): Promise<number> {
  const before = timersOfOthers;
  const giveUpAt = performance.now() + GIVE_UP_MS;
  while (activeTimers() > before && performance.now() < giveUpAt)
    await new Promise((resolve) => setTimeout(resolve, 1));
  const timers = activeTimers() - before;
  if (timers > 0) throw new WrongResultError(`${timers} timers were active ${when}`);
  return 0;
}

/** Those of whoever runs the study. */
let timersOfOthers = 0;

/** No limit to be met, but an end to what hangs: far longer than any timer that was set, on a busy machine too. */
const GIVE_UP_MS = 60_000;

/** @throws WrongResultError unless the process ends by itself, and was not in need of being killed. */
async function checkThatItEnds(instances: number): Promise<void> {
  const isSource = import.meta.url.endsWith(".ts");
  const entry = new URL(isSource ? "./group.ts" : "./growth.js", import.meta.url).href;
  const script = `const { leaveIdle } = await import(${JSON.stringify(entry)}); await leaveIdle(${instances});`;
  const argv = [
    ...(isSource ? ["--conditions=@disp/source", "--import", "tsx"] : []),
    "--input-type=module",
    "-e",
    script,
  ];
  const options = { timeout: 60_000, env: { ...process.env, NODE_OPTIONS: "" } };
  const said = await new Promise((resolve) => {
    const child = execFile(process.execPath, argv, options, (_, stdout, stderr) => {
      resolve(`${stdout}${stderr}, exit code ${String(child.exitCode)}`);
    });
  });
  expectSame("a process with idle instances", said, `used ${instances * KINDS.length}, exit code 0`);
}

async function run({ isSmoke }: Stage): Promise<readonly Row[]> {
  const instances = isSmoke ? 20 : INSTANCES;
  await new Promise(setImmediate);
  timersOfOthers = activeTimers();
  const rows: Row[] = [];
  for (const kind of KINDS) rows.push(await rowOf(kind, instances, isSmoke));
  await checkThatItEnds(instances);
  return rows;
}

export const idle: Study = {
  name: "idle instances",
  about: `${INSTANCES.toLocaleString("en")} instances of each, at first unused, then used once with something that takes a timer. None is closed. A process with all of them, used and idle, has ended by itself.`,
  columns: ["unused, KB each", "active timers", "used, KB each", "active timers afterwards"],
  run,
};
