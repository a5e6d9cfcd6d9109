import { setImmediate as nextTurn } from "node:timers/promises";
import { coreTime } from "./clock.ts";
import { Deliveries } from "./deliveries.ts";
import { Sink } from "./sink.ts";

/** So many servers take up to so many items at a time, and so many ms for that: 80,000 items per second. */
export const SERVERS = 4;
export const BATCH = 100;
export const SERVICE_MS = 5;

export type Send = (items: readonly number[]) => Promise<void>;

/** What stands between the arrivals and the sink. */
export interface System {
  /** @returns false when there is no room: the item has not been taken. */
  push(item: number): boolean;
  /** Resolves when another push may succeed. */
  ready(): Promise<void>;
  /** Sends what is there. Resolves when nothing is left to be sent; requests may still be under way. */
  end(): Promise<void>;
  /** How many items it holds, those under way included. */
  size?(): number;
}

/** What came of a run. */
export interface Run {
  readonly deliveries: Deliveries;
  /** When each item should have been pushed, by the clock of the deliveries. */
  readonly scheduled: Float64Array;
  /** Items per request. */
  readonly meanBatch: number;
  readonly refused: number;
  /** The most items that it held at once, if it says so. */
  readonly peak: number;
}

/**
 * Pushes items at the times at which they arrive, whatever becomes of those before: an open loop. Who is late pushes
 * later, but the time counts from the arrival.
 *
 * @param arrivals - In ms from the beginning.
 * @param whenFull - What becomes of an item that is refused: it waits for room, and all others behind it, or it is gone.
 */
export async function runOpenLoop(
  setUp: (send: Send) => System,
  arrivals: Float64Array,
  whenFull: "wait" | "give up" = "wait",
): Promise<Run> {
  const deliveries = new Deliveries(arrivals.length);
  const sink = new Sink({
    servers: SERVERS,
    answer: () => ({ serviceMs: SERVICE_MS, applies: true, reply: "done" }),
    onItems: (items, now) => deliveries.deliver(items, now),
  });
  const system = setUp((items) => sink.send(items));
  const generator = new Generator(system, arrivals, whenFull);
  while (!generator.isOver) {
    sink.finishDue(coreTime());
    // What the system does about that comes before the next arrivals.
    await nextTurn();
    generator.pushDue();
    await nextTurn();
  }
  let hasEnded = false;
  const ended = system.end().finally(() => (hasEnded = true));
  await sink.serveUntil(() => hasEnded && sink.isIdle);
  await ended;
  const { scheduled, refused, peak } = generator;
  return { deliveries, scheduled, refused, peak, meanBatch: sink.items / sink.requests };
}

class Generator {
  readonly scheduled: Float64Array;
  refused = 0;
  peak = 0;
  readonly #system: System;
  readonly #whenFull: "wait" | "give up";
  #next = 0;
  #isWaiting = false;

  constructor(system: System, arrivals: Float64Array, whenFull: "wait" | "give up") {
    const startsAt = coreTime();
    this.#system = system;
    this.#whenFull = whenFull;
    this.scheduled = arrivals.map((ms) => startsAt + ms);
  }

  get isOver(): boolean {
    return this.#next === this.scheduled.length;
  }

  /** Pushes what has arrived and was not pushed. */
  pushDue(): void {
    if (this.#isWaiting) return;
    const now = coreTime();
    while (!this.isOver && (this.scheduled[this.#next] as number) <= now) {
      if (!this.#system.push(this.#next)) {
        if (this.#whenFull === "wait") {
          void this.#waitForRoom();
          break;
        }
        this.refused++;
      }
      this.#next++;
    }
    this.peak = Math.max(this.peak, this.#system.size?.() ?? Number.NaN);
  }

  async #waitForRoom(): Promise<void> {
    this.#isWaiting = true;
    await this.#system.ready();
    this.#isWaiting = false;
    this.pushDue();
  }
}

/** Items per second when there is always something to send: what the sink can take, asked by hand. */
export async function measureCapacity(ms: number): Promise<number> {
  const sink = new Sink({
    servers: SERVERS,
    answer: () => ({ serviceMs: SERVICE_MS, applies: true, reply: "done" }),
    onItems: () => undefined,
  });
  const items = Array.from({ length: BATCH }, (_, index) => index);
  const startedAt = coreTime();
  const sendOn = async () => {
    while (coreTime() - startedAt < ms) await sink.send(items);
  };
  for (let i = 0; i < SERVERS; i++) void sendOn();
  await sink.serveUntil(() => sink.isIdle);
  return (sink.items / (coreTime() - startedAt)) * 1_000;
}
