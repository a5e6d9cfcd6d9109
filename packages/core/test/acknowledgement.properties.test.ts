import {
  type Acknowledgeable,
  blockNewItems,
  Dispatcher,
  dropOldestBatch,
  fixedDelay,
  noRetry,
  type Rejection,
} from "@disp/core";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTurn } from "@disp/turn";
import { follow, listenForUncaught } from "../../../tooling/observe.ts";

/** How a send ends, some milliseconds after it began. */
const SENDS = [
  "succeeds",
  "fails",
  "keeps half and fails",
  "rejects half and succeeds",
  "hangs until it is aborted",
  "hangs",
] as const;

const scenario = fc.record({
  items: fc.integer({ min: 1, max: 40 }),
  batchItems: fc.integer({ min: 1, max: 4 }),
  maxLive: fc.integer({ min: 1, max: 8 }),
  overflow: fc.constantFrom("block", "drop oldest"),
  retries: fc.integer({ min: 0, max: 2 }),
  isLazy: fc.boolean(),
  sends: fc.array(fc.record({ how: fc.constantFrom(...SENDS), ms: fc.integer({ min: 0, max: 5 }) }), { minLength: 1 }),
  answerMs: fc.array(fc.integer({ min: -1, max: 6 }), { minLength: 1 }),
  end: fc.constantFrom("nothing", "close", "abort the consuming", "abort all"),
  endAtMs: fc.integer({ min: 0, max: 30 }),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer Drawn> ? Drawn : never;

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

let uncaught: ReturnType<typeof listenForUncaught>;

beforeEach(() => {
  uncaught = listenForUncaught();
});

afterEach(async () => {
  vi.useRealTimers();
  expect(await uncaught.stop()).toEqual([]);
});

class Item implements Acknowledgeable {
  readonly size: number;
  /** Every time that it was told something. */
  readonly told: string[] = [];
  isAnswered = true;
  readonly #answerMs: number;

  constructor(index: number, answerMs: number) {
    // Now and then one that fits no batch.
    this.size = index % 13 === 12 ? 99 : 1;
    this.#answerMs = answerMs;
  }

  acknowledge(): unknown {
    return this.#hear("delivered");
  }

  reject({ reason }: Rejection): unknown {
    return this.#hear(reason);
  }

  #hear(how: string): unknown {
    this.told.push(how);
    if (this.#answerMs < 0) return undefined;
    this.isAnswered = false;
    return sleep(this.#answerMs).then(() => void (this.isAnswered = true));
  }
}

function set(drawn: Scenario) {
  const all = new AbortController();
  const consuming = new AbortController();
  const given: Item[] = [];
  const delivered = new Set<Item>();
  let sends = 0;
  const dispatcher = new Dispatcher<Item>({
    batch: { maxItems: drawn.batchItems, maxAgeMs: 3, maxSize: 50, sizeOf: ({ size }) => size },
    maxConcurrency: 2,
    retry: drawn.retries === 0 ? noRetry() : fixedDelay({ delayMs: 2, maxRetries: drawn.retries }),
    overflow: (drawn.overflow === "block" ? blockNewItems : dropOldestBatch)({ maxItems: drawn.maxLive }),
    signal: all.signal,
    onDrop: () => {},
    async send(batch, { signal }) {
      const { how, ms } = drawn.sends[sends++ % drawn.sends.length] ?? { how: "succeeds", ms: 0 };
      const isEven = (_: Item, index: number): boolean => index % 2 === 0;
      if (how === "hangs") return new Promise<never>(() => {});
      if (how === "hangs until it is aborted") {
        return new Promise<never>((_, fail) => signal.addEventListener("abort", () => fail(new Error("aborted"))));
      }
      await sleep(ms);
      if (dispatcher.state === "drained") return;
      if (how === "keeps half and fails") {
        for (const item of batch.items.filter((each, index) => !isEven(each, index))) delivered.add(item);
        batch.keep(isEven);
      }
      if (how === "rejects half and succeeds") batch.reject(isEven, new Error("rejected"));
      if (how === "fails" || how === "keeps half and fails") throw new Error("failed");
      for (const item of batch.items) delivered.add(item);
    },
  });
  async function* source(): AsyncGenerator<Item> {
    for (let index = 0; index < drawn.items; index += 1) {
      if (drawn.isLazy) await sleep(1);
      const item = new Item(index, drawn.answerMs[index % drawn.answerMs.length] ?? 0);
      given.push(item);
      yield item;
    }
  }
  return { all, consuming, given, delivered, dispatcher, source: source() };
}

async function play(drawn: Scenario): Promise<void> {
  vi.useFakeTimers();
  const { all, consuming, given, delivered, dispatcher, source } = set(drawn);
  const consumed = follow(dispatcher.consume(source, { signal: consuming.signal }));
  await vi.advanceTimersByTimeAsync(drawn.endAtMs);
  if (drawn.end === "close") dispatcher.close();
  if (drawn.end === "abort the consuming") consuming.abort("enough");
  if (drawn.end === "abort all") all.abort("enough");
  await vi.advanceTimersByTimeAsync(50);
  // Sends that hang are given up at a deadline, which nobody needs where none does.
  const hangs = drawn.sends.some(({ how }) => how.startsWith("hangs"));
  const drained = follow(dispatcher.drain({ timeoutMs: hangs ? 100 : Infinity }));
  await vi.advanceTimersByTimeAsync(1_000);
  await nextTurn();
  await vi.advanceTimersByTimeAsync(1_000);

  expect([consumed.state === "pending", drained.state]).toEqual([false, "resolved"]);
  const told = given.map((item) => item.told);
  expect(told.filter((each) => each.length !== 1)).toEqual([]);
  expect(given.filter((item) => item.told[0] === "delivered")).toEqual(given.filter((item) => delivered.has(item)));
  const summary = await dispatcher.drained;
  expect(told.filter(([how]) => how === "delivered")).toHaveLength(summary.delivered);
  // What was never let in is told so, and is in no summary.
  expect(given.length).toBeGreaterThanOrEqual(summary.accepted);
  expect(given.length - summary.accepted).toBeLessThanOrEqual(1);
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
}

describe("each item of a source that wants to know how it ended", () => {
  it("is told exactly once, and the truth, whatever happens", { timeout: 0 }, async () => {
    await fc.assert(fc.asyncProperty(scenario, play), { numRuns: 500 });
  });
});
