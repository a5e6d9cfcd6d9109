import { RetryAfterError } from "@disp/core";
import { coreTime } from "./clock.ts";
import { Deliveries } from "./deliveries.ts";
import { type Answer, Sink } from "./sink.ts";
import { WrongResultError } from "../wrong-result.ts";

/** So many senders, items per batch, and ms for each of them: 400,000 items per second. */
export const SENDERS = 4;
export const BATCH = 100;
export const SERVICE_MS = 1;

/** How long to wait for an answer, how long after a failure, and how often: the same for everybody. */
export const TIMEOUT_MS = 100;
export const RETRY_MS = 10;
export const RETRIES = 10;

/** Who has sent nothing for so long, with nothing under way, will never do so again. */
const STUCK_MS = 20 * TIMEOUT_MS;

const AFTERMATH_MS = 5 * TIMEOUT_MS;

/** A batch has items in it that will never be taken: nothing of it was. */
export class PoisonError extends Error {
  override readonly name = "PoisonError";
  readonly items: ReadonlySet<number>;

  constructor(items: readonly number[]) {
    super(`${items.length} items are invalid`);
    this.items = new Set(items);
  }
}

/** What is wrong with the sink: its answer to the request of that number. */
export type Fault = (request: number, items: readonly number[]) => Answer;

/** Brings the items 0, 1, 2, ... to a sink with a fault. Resolves when no more is to be sent. */
export type Courier = (job: Job) => Promise<void>;

/**
 * All items once into a sink with a fault. The sink is idempotent: it knows a batch by its key, and takes it once. So
 * an item is there twice if it came in two batches, or was delivered though it was said to be dropped.
 */
export class Job {
  readonly count: number;
  readonly #sink: Sink;
  readonly #deliveries: Deliveries;
  readonly #keys = new Set<number>();
  readonly #dropped: Deliveries;
  readonly #reasons = new Map<string, number>();
  #elapsedMs = 0;
  #isOver = false;
  /** When the last send was started. */
  #sentAt = coreTime();

  constructor(count: number, fault: Fault) {
    this.count = count;
    this.#deliveries = new Deliveries(count);
    this.#dropped = new Deliveries(count);
    this.#sink = new Sink({
      servers: SENDERS,
      answer: (items) => fault(this.#sink.requests - 1, items),
      onItems: (items, now, key) => this.#apply(items, now, key),
    });
  }

  readonly send = (items: readonly number[], key: number): Promise<void> => {
    this.#sentAt = coreTime();
    return this.#sink.send(items, key);
  };

  /** These were given up. */
  drop(items: readonly number[], reason: string): void {
    this.#dropped.deliver(items, 0);
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + items.length);
  }

  /** What is left of a batch when it has failed: what is poison is given up. */
  leftOf(items: readonly number[], error: unknown): readonly number[] {
    if (!(error instanceof PoisonError)) return items;
    this.drop(
      items.filter((item) => error.items.has(item)),
      "rejected",
    );
    return items.filter((item) => !error.items.has(item));
  }

  /** The courier is to stop: nobody waits for it any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** @throws WrongResultError when the courier does nothing any more, though it is not done. */
  async run(courier: Courier): Promise<void> {
    const startedAt = coreTime();
    const crash = new Crash();
    const done = Promise.race([courier(this), crash.happened]);
    const end = () => {
      this.#isOver = true;
    };
    done.then(end, end);
    await this.#sink.serveUntil(() => this.#isOver || this.#isStuck);
    const isStuck = !this.#isOver;
    end();
    // Who has crashed once has timers that may do so again.
    if (crash.hasHappened) await this.#serveFor(AFTERMATH_MS);
    crash.waitNoLonger();
    if (isStuck) throw new WrongResultError(`it got stuck with ${this.delivered} of ${this.count} items delivered`);
    await done;
    // What was given up may get there yet.
    await this.#sink.serveUntil(() => this.#sink.isIdle);
    this.#elapsedMs = coreTime() - startedAt;
  }

  #serveFor(ms: number): Promise<void> {
    const endsAt = performance.now() + ms;
    return this.#sink.serveUntil(() => performance.now() > endsAt);
  }

  get #isStuck(): boolean {
    return this.#sink.isIdle && coreTime() - this.#sentAt > STUCK_MS;
  }

  get itemsPerSecond(): number {
    return (this.count / this.#elapsedMs) * 1_000;
  }

  get delivered(): number {
    return this.#deliveries.delivered;
  }

  /** How many were given up, and why. */
  get dropped(): string {
    return [...this.#reasons].map(([reason, items]) => `${items.toLocaleString("en")} ${reason}`).join(", ") || "0";
  }

  get lost(): number {
    return this.#countWhere((item) => !this.#deliveries.has(item) && !this.#dropped.has(item));
  }

  get twice(): number {
    const both = this.#countWhere((item) => this.#deliveries.has(item) && this.#dropped.has(item));
    return this.#deliveries.twice + this.#dropped.twice + both;
  }

  #countWhere(isSo: (item: number) => boolean): number {
    let found = 0;
    for (let item = 0; item < this.count; item++) if (isSo(item)) found++;
    return found;
  }

  #apply(items: readonly number[], now: number, key: number): void {
    if (this.#keys.has(key)) return;
    this.#keys.add(key);
    this.#deliveries.deliver(items, now);
  }
}

/** An error that nobody catches is the courier's own, too. */
class Crash {
  readonly happened: Promise<never>;
  hasHappened = false;
  #reject!: (error: Error) => void;

  constructor() {
    this.happened = new Promise((_, reject) => (this.#reject = reject));
    process.on("uncaughtException", this.#listener);
  }

  waitNoLonger(): void {
    process.off("uncaughtException", this.#listener);
  }

  readonly #listener = (error: Error): void => {
    this.hasHappened = true;
    this.#reject(error);
  };
}

/** How long to wait after a failure. */
export function waitAfter(error: unknown): number {
  if (error instanceof PoisonError) return 0;
  return error instanceof RetryAfterError ? Math.max(RETRY_MS, error.retryAfterMs) : RETRY_MS;
}
