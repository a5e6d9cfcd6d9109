import { BackgroundProcessor } from "@disp/background";
import { BatchProcessor } from "@disp/batch-processor";
import { fixedDelay } from "@disp/core";
import { Books } from "./books.ts";
import { FAULT, MOST_WAITING, type Part, ShortLived } from "./part.ts";
import { expectSame, WrongResultError } from "../wrong-result.ts";

interface Counter {
  count: number;
}

/** Keys that come once and never again, operations that are cancelled, loads and saves that fail. */
export class Batching implements Part {
  readonly name = "batching";
  readonly #runs = new Books();
  readonly books = [this.#runs];
  readonly #shared: AbortSignal;
  readonly #shortLived = new ShortLived();
  #loads = 0;
  #saves = 0;
  #savedOperations = 0;
  #resolved = 0;
  readonly #processor = new BatchProcessor<Counter>({
    load: () => (++this.#loads % 50 === 0 ? Promise.reject(FAULT) : { count: 0 }),
    save: (_, { count }) => {
      if (++this.#saves % 40 === 0) return Promise.reject(FAULT);
      this.#savedOperations += count;
      return this.#saves % 2 === 0 ? Promise.resolve() : undefined;
    },
    minDurationMs: 1,
    maxDurationMs: 60_000,
    maxOperations: 4,
  });

  constructor(shared: AbortSignal) {
    this.#shared = shared;
  }

  turn(): void {
    const signal = this.#shortLived.next();
    for (let i = 0; i < 30 && this.#runs.out < MOST_WAITING; i++) {
      this.#run(i % 10 === 0 ? signal : i % 2 === 0 ? this.#shared : undefined);
    }
  }

  audit(): void {
    const { waitingOperations } = this.#processor.stats();
    if (waitingOperations > this.#runs.out) throw new WrongResultError("operations wait that nobody called for");
  }

  async close(): Promise<void> {
    await this.#processor.stop();
    const { openBatches, runningBatches, waitingOperations, busyLanes } = this.#processor.stats();
    expectSame("batches and operations left", openBatches + runningBatches + waitingOperations + busyLanes, 0);
    expectSame("operations that were saved", this.#savedOperations, this.#resolved);
  }

  #run(signal: AbortSignal | undefined): void {
    const call = this.#runs.issue();
    this.#processor.run(`key:${Math.floor(call / 6)}`, increment, { signal }).then(
      () => {
        this.#resolved++;
        this.#runs.settle(call);
      },
      () => this.#runs.settle(call),
    );
  }
}

function increment(counter: Counter): number {
  return counter.count++;
}

/** Keys that are free, wait, run or are held for some milliseconds; jobs that fail once or for good; pauses. */
export class Chores implements Part {
  readonly name = "chores";
  readonly #jobs = new Books();
  readonly #calls = new Books();
  readonly books = [this.#jobs, this.#calls];
  readonly #running = new Set<string>();
  #runs = 0;
  #sameKeyAtOnce = 0;
  readonly #processor = new BackgroundProcessor<number>({
    process: (job, { key, attempt }) => this.#process(job, key, attempt),
    concurrency: 4,
    retry: fixedDelay({ delayMs: 1, maxRetries: 1 }),
    onError: ({ arg }) => this.#jobs.settle(arg),
  });

  turn(): void {
    for (let i = 0; i < 30 && this.#jobs.out < MOST_WAITING; i++) this.#schedule();
  }

  audit(): void {
    const { scheduled, completed, failed, queued, running } = this.#processor.stats();
    expectSame("completed, failed, waiting and running", completed + failed + queued + running, scheduled);
    expectSame("keys that ran twice at a time", this.#sameKeyAtOnce, 0);
  }

  async close(): Promise<void> {
    const { leftover } = await this.#processor.stop({ drain: true });
    expectSame("jobs left", leftover.length, 0);
    this.audit();
  }

  #schedule(): void {
    const job = this.#jobs.issue();
    const call = this.#calls.issue();
    // Half of them new ones, half of them again and again.
    const key = job % 2 === 0 ? `new:${job}` : `old:${job % 3_001}`;
    void this.#processor.schedule(key, job, { holdMs: job % 50 }).then(({ scheduled }) => {
      this.#calls.settle(call);
      if (!scheduled) this.#jobs.settle(job);
    });
  }

  async #process(job: number, key: string, attempt: number): Promise<number> {
    this.#runs++;
    if (this.#running.has(key)) this.#sameKeyAtOnce++;
    this.#running.add(key);
    if (this.#runs % 3 === 0) await Promise.resolve();
    if (this.#runs % 100 === 0) await new Promise(setImmediate);
    this.#running.delete(key);
    if (job % 11 === 0 && (attempt === 1 || job % 22 === 0)) throw FAULT;
    this.#jobs.settle(job);
    return job % 1_000 === 1 ? 1 : 0;
  }
}
