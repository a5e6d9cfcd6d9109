import {
  BackgroundProcessor,
  JobAbandonedError,
  type JobContext,
  type JobFailure,
  MemoryDedupStore,
  type ScheduleResult,
} from "@disp/background";
import { fixedDelay } from "@disp/retry";
import { nextTurn } from "@disp/turn";
import { vi } from "vitest";
import { type Followed, follow } from "../../../tooling/observe.ts";
import type { Scenario, Setting, Step } from "./scenario.ts";
import { WatchedStore } from "./watched-store.ts";

const LEASE_MS = 30;
const RETRY_MS = 9;
const AWAY = new Error("the store is away");
const FAILED = new Error("failed by the test");

/** A call of `schedule`, and all that became of it. */
interface Asked {
  readonly id: number;
  readonly who: number;
  readonly key: string;
  readonly holdMs: number;
  readonly at: number;
  /** How often the store was away or bumped before. */
  readonly epoch: number;
  readonly answer: Followed<ScheduleResult>;
  firstStartAt: number | undefined;
  isRunning: boolean;
  /** It succeeded, was given up, abandoned or handed back. */
  isOver: boolean;
  isLeftOver: boolean;
}

/** A run of a job, as the job sees it. */
interface Attempt {
  readonly asked: Asked;
  readonly resolve: (pauseMs: number) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Two processors that share a store, and the books of it all: what was asked and answered, what ran when, and what came
 * back. Whatever is wrong is written down in `faults`.
 */
export class Rehearsal {
  readonly faults: string[] = [];
  readonly processors: readonly BackgroundProcessor<number>[];
  readonly store: MemoryDedupStore = new MemoryDedupStore();
  readonly asked: Asked[] = [];
  readonly promises: Followed[] = [];
  readonly #settings: readonly Setting[];
  readonly #watched = new WatchedStore(this.store);
  readonly #stopping = new Set<number>();
  /** Those that give back at once what waits, or will do so at a deadline. What it was is heard when all that run have ended. */
  readonly #handingBack = new Set<number>();
  #attempts: Attempt[] = [];
  #epoch = 0;

  constructor({ settings }: Scenario) {
    this.#settings = settings;
    this.processors = settings.map((setting, who) => this.#build(setting, who));
  }

  must(isTrue: boolean, rule: string): void {
    if (!isTrue) this.faults.push(`at ${performance.now()}: ${rule}`);
  }

  async run(step: Step): Promise<void> {
    if (step.do === "wait") await this.pass(step.ms);
    else await this.#act(step);
    await settleMicrotasks();
    this.#check();
  }

  /** Lets time pass by milliseconds, so that promises and timers take their turns as they do in earnest. */
  async pass(ms: number): Promise<void> {
    this.#watched.answer();
    await settleMicrotasks();
    for (let passed = 0; passed < ms; passed += 1) {
      vi.advanceTimersByTime(1);
      await settleMicrotasks();
      await this.#mustHold();
    }
    // A deadline waits for a turn of the event loop, which fake timers do not fake.
    await nextTurn();
    await settleMicrotasks();
  }

  /** Stops both, and lets everything succeed until they have. */
  async end(isDrained: boolean): Promise<void> {
    this.#returnStore();
    const stopped = this.processors.map((_, who) => this.#stop(who, isDrained, Infinity));
    for (let ms = 0; ms < 3_000 && stopped.some(({ state }) => state === "pending"); ms += 1) {
      for (const attempt of this.#attempts.splice(0)) this.#settle(attempt, 0);
      await this.pass(1);
    }
    this.must(
      stopped.every(({ state }) => state === "resolved"),
      "they did not stop",
    );
  }

  async #act(step: Exclude<Step, { do: "wait" }>): Promise<void> {
    switch (step.do) {
      case "schedule":
        this.#schedule(step.who, step.key, step.holdMs);
        break;
      case "finish":
      case "fail":
        this.#settleOne(step.which, step.do === "fail" ? undefined : step.pauseMs);
        break;
      case "bump":
        this.#bump(step.who);
        break;
      case "store leaves":
        this.#watched.away = AWAY;
        this.#epoch += 1;
        break;
      case "store returns":
        this.#returnStore();
        break;
      case "store is slow":
        this.#watched.hush();
        break;
      case "stop":
        this.#stop(step.who, step.drain, step.timeoutMs);
        // A deadline of 0 ms rings in the next turn.
        await this.pass(1);
    }
  }

  #build({ concurrency, whileRunning, whenStoreFails, retries }: Setting, who: number): BackgroundProcessor<number> {
    return new BackgroundProcessor<number>({
      process: (id, context) => this.#start(who, id, context),
      dedup: this.#watched,
      leaseMs: LEASE_MS,
      retry: fixedDelay({ delayMs: RETRY_MS, maxRetries: retries }),
      concurrency,
      whileRunning,
      whenStoreFails,
      onError: (failure) => this.#hearFailure(failure),
    });
  }

  // --- Who asks ---

  #processor(who: number): BackgroundProcessor<number> {
    return this.processors[who] as BackgroundProcessor<number>;
  }

  #schedule(who: number, key: string, holdMs: number): void {
    const id = this.asked.length;
    const answer = follow(this.#processor(who).schedule(key, id, { holdMs }));
    const life = { firstStartAt: undefined, isRunning: false, isOver: false, isLeftOver: false };
    // What is scheduled without the store belongs to no epoch, nor what waits behind a job that lost its hold unawares.
    const isBehind = this.asked.some((each) => each.who === who && each.key === key && !each.isOver);
    const isUntrusted = this.#watched.away !== undefined || (isBehind && this.#epoch > 0);
    const epoch = isUntrusted ? -1 : this.#epoch;
    this.asked.push({ id, who, key, holdMs, at: performance.now(), epoch, answer, ...life });
  }

  #bump(who: number): void {
    this.#epoch += 1;
    this.promises.push(follow(this.#processor(who).bumpGeneration()));
  }

  #returnStore(): void {
    if (this.#watched.away !== undefined) this.#epoch += 1;
    this.#watched.away = undefined;
    this.#watched.answer();
  }

  #stop(who: number, drain: boolean, timeoutMs: number): Followed {
    this.#stopping.add(who);
    if (!drain || timeoutMs !== Infinity) this.#handingBack.add(who);
    const stopped = this.#processor(who).stop({ drain, timeoutMs });
    void stopped.then(({ leftover }) => {
      for (const { key, arg } of leftover) this.#hearLeftOver(who, key, arg);
    });
    const followed = follow(stopped);
    this.promises.push(followed);
    return followed;
  }

  // --- What is done ---

  #start(who: number, id: number, { key, attempt, signal }: JobContext): Promise<number> {
    const asked = this.asked[id] as Asked;
    const { concurrency, retries } = this.#settings[who] as Setting;
    this.must(asked.who === who && asked.key === key, `job ${id} runs elsewhere`);
    this.must(
      asked.answer.state !== "resolved" || asked.answer.value?.scheduled === true,
      `${id} was refused and runs`,
    );
    this.must(!asked.isRunning && !asked.isOver, `job ${id} runs twice`);
    this.must(attempt <= 1 + retries && (attempt === 1) === (asked.firstStartAt === undefined), `attempt ${attempt}`);
    this.must(!signal.aborted, `job ${id} starts though it is told to end`);
    this.#mustBeAlone(asked);
    asked.firstStartAt ??= performance.now();
    asked.isRunning = true;
    const running = this.asked.filter((each) => each.who === who && each.isRunning).length;
    this.must(running <= concurrency, `${running} jobs run at once`);
    return new Promise((resolve, reject) => this.#attempts.push({ asked, resolve, reject }));
  }

  /** At most one job of a key at a time, and one per hold, as long as the store is there and the generation the same. */
  #mustBeAlone(asked: Asked): void {
    if (asked.epoch !== this.#epoch) return;
    for (const other of this.asked) {
      if (other === asked || other.key !== asked.key || other.epoch !== this.#epoch) continue;
      if (other.firstStartAt === undefined || other.isLeftOver) continue;
      if (this.#handingBack.has(other.who) && !other.isRunning && !other.isOver) continue;
      this.must(other.isOver, `job ${asked.id} starts while ${other.id} is not over`);
      const isWithin = asked.firstStartAt === undefined && performance.now() < other.at + other.holdMs;
      this.must(!isWithin, `job ${asked.id} starts within the hold of ${other.id}`);
    }
  }

  #settleOne(which: number, pauseMs: number | undefined): void {
    const [attempt] = this.#attempts.splice(which % Math.max(1, this.#attempts.length), 1);
    if (attempt !== undefined) this.#settle(attempt, pauseMs);
  }

  #settle({ asked, resolve, reject }: Attempt, pauseMs: number | undefined): void {
    asked.isRunning = false;
    if (pauseMs === undefined) reject(FAILED);
    else {
      asked.isOver = true;
      resolve(pauseMs);
    }
  }

  #hearFailure({ arg, error }: JobFailure<number>): void {
    const asked = this.asked[arg] as Asked;
    if (error === FAILED) {
      this.must(!asked.isOver && !asked.isRunning, `job ${arg} was given up twice, or while it runs`);
      asked.isOver = true;
    } else if (error instanceof JobAbandonedError) {
      this.must(asked.isRunning, `job ${arg} was abandoned though it does not run`);
      asked.isRunning = false;
      asked.isOver = true;
      this.#attempts = this.#attempts.filter((attempt) => attempt.asked !== asked);
    }
  }

  #hearLeftOver(who: number, key: string, id: number): void {
    const asked = this.asked[id] as Asked;
    if (asked.isLeftOver) return; // All calls of stop share one outcome.
    this.must(asked.who === who && asked.key === key, `job ${id} comes back elsewhere`);
    this.must(!asked.isOver && !asked.isRunning, `job ${id} comes back though it is over or runs`);
    asked.isLeftOver = true;
    asked.isOver = true;
  }

  // --- What must be true at any time ---

  #check(): void {
    this.processors.forEach((processor, who) => {
      const mine = this.asked.filter((each) => each.who === who);
      const running = mine.filter(({ isRunning }) => isRunning).length;
      const { stats, queueLength } = { stats: processor.stats(), queueLength: processor.queueLength };
      this.must(stats.running === running, `${stats.running} run, ${running} seen`);
      this.must(stats.queued === queueLength, "two numbers for one queue");
      // A bump leaves older jobs behind which newer ones do not replace: too much for these books.
      if (this.#epoch > 0 || this.#stopping.has(who)) return;
      const waiting = mine.filter((each) => isScheduled(each) && !each.isRunning && !each.isOver);
      const inTheEnd = waiting.filter((each) => !isReplaced(each, mine));
      this.must(queueLength === inTheEnd.length, `${queueLength} wait, ${inTheEnd.length} should`);
    });
  }

  /** Whoever waits or runs has its key, as long as the store is there and the generation the same. */
  async #mustHold(): Promise<void> {
    for (const asked of this.asked) {
      const { id, epoch, key, isOver, who } = asked;
      if (isOver || epoch !== this.#epoch || !isScheduled(asked) || this.#stopping.has(who)) continue;
      if (isReplaced(asked, this.asked)) continue;
      this.must((await this.store.acquire(key, 0)) === undefined, `job ${id} has lost its key`);
    }
  }
}

export function isScheduled({ answer }: Pick<Asked, "answer">): boolean {
  return answer.value?.scheduled === true;
}

/** Whether a newer argument took the place of this one, before it was started. */
export function isReplaced(asked: Asked, among: readonly Asked[]): boolean {
  const isNewer = (each: Asked): boolean => each.id > asked.id && each.who === asked.who && each.key === asked.key;
  return asked.firstStartAt === undefined && among.some((each) => isNewer(each) && isScheduled(each));
}

async function settleMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
}
