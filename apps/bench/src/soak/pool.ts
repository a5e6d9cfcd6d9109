import { fixedDelay, type TaskContext, type TaskObject, WorkerPool } from "@disp/core";
import { Books } from "./books.ts";
import { FAULT, hang, MOST_WAITING, type Part, ShortLived } from "./part.ts";
import { expectSame, WrongResultError } from "../wrong-result.ts";

/** A task that ends in one of many ways. */
class Chore implements TaskObject<number> {
  readonly item: number;
  readonly timeoutMs: number;
  readonly retry = RETRY;
  readonly #books: Books;

  constructor(item: number, books: Books) {
    this.item = item;
    this.#books = books;
    this.timeoutMs = this.#hangs ? 2 : Infinity;
  }

  get #hangs(): boolean {
    return this.item % 101 === 0;
  }

  execute({ signal, attempt }: TaskContext): number | Promise<number> {
    if (this.#hangs) return hang(signal);
    if (this.item % 7 === 0 && (attempt === 1 || this.item % 14 === 0)) throw FAULT;
    // Who fails for good is heard of in another way.
    this.#books.settle(this.item);
    return this.item % 2 === 0 ? this.item : Promise.resolve(this.item);
  }
}

const RETRY = fixedDelay({ delayMs: 1, maxRetries: 1 });

/** Tasks that fail, time out, are tried again, or are called off while they wait. */
export class Working implements Part {
  readonly name = "working";
  readonly #dispatched = new Books();
  readonly #executed = new Books();
  readonly books = [this.#dispatched, this.#executed];
  readonly #shared: AbortSignal;
  readonly #shortLived = new ShortLived();
  readonly #pool = new WorkerPool({
    maxWorkers: 8,
    maxQueued: 500,
    scaleDownAfterMs: 100,
    onError: (failure) => {
      if (failure.kind === "task" && failure.task instanceof Chore) this.#dispatched.settle(failure.task.item);
    },
  });

  constructor(shared: AbortSignal) {
    this.#shared = shared;
    this.#pool.run();
  }

  turn(): void {
    const signal = this.#shortLived.next();
    for (let i = 0; i < 30 && this.#dispatched.out < MOST_WAITING; i++) this.#dispatch();
    for (let i = 0; i < 20 && this.#executed.out < MOST_WAITING; i++)
      this.#execute(i % 4 === 0 ? signal : this.#shared);
  }

  audit(): void {
    const { running, workers, queued } = this.#pool.stats();
    if (running > 8 || workers > 8) throw new WrongResultError(`${running} tasks ran on ${workers} workers, not 8`);
    if (queued > 500) throw new WrongResultError(`${queued} tasks waited, not 500`);
  }

  async close(): Promise<void> {
    this.#shortLived.next();
    await this.#pool.quit({ drain: true });
    // Nobody waits for those that have timed out and were told to end: they do so in a turn.
    await new Promise(setImmediate);
    const { running, workers, queued } = this.#pool.stats();
    expectSame("tasks and workers left", running + workers + queued, 0);
  }

  #dispatch(): void {
    const item = this.#dispatched.issue();
    if (!this.#pool.dispatch(new Chore(item, this.#dispatched))) this.#dispatched.settle(item);
  }

  #execute(signal: AbortSignal): void {
    const call = this.#executed.issue();
    const end = () => this.#executed.settle(call);
    this.#pool.execute(taskOf(call), { signal, timeoutMs: 5 }).then(end, end);
  }
}

function taskOf(call: number): (context: TaskContext) => unknown {
  if (call % 103 === 0) return ({ signal }) => hang(signal);
  if (call % 9 === 0) return () => Promise.reject(FAULT);
  return () => (call % 10 === 0 ? new Promise(setImmediate) : call);
}
