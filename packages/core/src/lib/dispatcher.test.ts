import {
  type Batch,
  blockNewItems,
  type Drop,
  dropNewest,
  dropOldestBatch,
  ItemTooLargeError,
  ItemTooSmallError,
} from "@disp/buffer";
import { exponentialBackoff, fixedDelay, noRetry } from "@disp/retry";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Dispatcher } from "./dispatcher.ts";
import { DispatcherClosedError, ItemDroppedError, SendTimeoutError } from "./errors.ts";
import type { DispatcherOptions } from "./options.ts";
import type { SendContext } from "./send-context.ts";

/** A `send` that a test settles by hand. */
class ManualSink {
  readonly calls: { items: readonly unknown[]; batch: Batch<unknown>; context: SendContext; at: number }[] = [];
  readonly #settle: { resolve: () => void; reject: (error: unknown) => void }[] = [];

  readonly send = (batch: Batch<unknown>, context: SendContext): Promise<void> => {
    this.calls.push({ items: batch.items, batch, context, at: performance.now() });
    return new Promise((resolve, reject) => this.#settle.push({ resolve, reject }));
  };

  get items(): (readonly unknown[])[] {
    return this.calls.map(({ items }) => items);
  }

  async succeed(index: number): Promise<void> {
    this.#settle[index]?.resolve();
    await turn();
  }

  async fail(index: number, error: unknown = new Error("no")): Promise<void> {
    this.#settle[index]?.reject(error);
    await turn();
  }
}

/** Lets everything happen that needs no time. */
const turn = () => vi.advanceTimersByTimeAsync(0);
const range = (count: number, from = 0): number[] => Array.from({ length: count }, (_, index) => from + index);

/** Follows a promise without leaving its rejection unhandled. */
function follow<T>(promise: Promise<T>): { state: "pending" | "resolved" | "rejected"; value?: T; error?: unknown } {
  const followed: ReturnType<typeof follow<T>> = { state: "pending" };
  promise.then(
    (value) => Object.assign(followed, { state: "resolved", value }),
    (error: unknown) => Object.assign(followed, { state: "rejected", error }),
  );
  return followed;
}

let unhandled: unknown[];
const hearUnhandled = (error: unknown) => unhandled.push(error);

beforeEach(() => {
  vi.useFakeTimers();
  unhandled = [];
  process.on("unhandledRejection", hearUnhandled);
});

afterEach(async () => {
  vi.useRealTimers();
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", hearUnhandled);
  expect(unhandled).toEqual([]);
});

/** What surfaced as an unhandled rejection so far; the test has looked at it. */
async function takeUnhandled(): Promise<unknown[]> {
  vi.useRealTimers();
  await new Promise((resolve) => setImmediate(resolve));
  return unhandled.splice(0);
}

function setUp(options: Partial<DispatcherOptions<unknown>> = {}) {
  const sink = new ManualSink();
  const drops: Drop<unknown>[] = [];
  const dispatcher = new Dispatcher<unknown>({ send: sink.send, onDrop: (drop) => drops.push(drop), ...options });
  return { sink, drops, dispatcher };
}

describe("batching", () => {
  it("sends a full batch at once, in the next microtask", async () => {
    const { sink, dispatcher } = setUp({ batch: { maxItems: 2 } });
    for (const item of [1, 2, 3, 4, 5]) expect(dispatcher.tryPush(item)).toBe(true);
    expect(sink.calls).toEqual([]);
    await turn();
    expect(sink.items).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it("sends what is there when its first item is maxAgeMs old, 1,000 by default", async () => {
    const { sink, dispatcher } = setUp();
    dispatcher.tryPush("first");
    await vi.advanceTimersByTimeAsync(600);
    dispatcher.tryPush("later");
    await vi.advanceTimersByTimeAsync(399);
    expect(sink.calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sink.items).toEqual([["first", "later"]]);
  });

  it("counts the age of a batch that was opened because its item did not fit from that very item", async () => {
    const { sink, dispatcher } = setUp({ batch: { maxSize: 10, sizeOf: Number } });
    dispatcher.tryPush(6);
    await vi.advanceTimersByTimeAsync(900);
    dispatcher.tryPush(7);
    await vi.advanceTimersByTimeAsync(999);
    expect(sink.items).toEqual([[6]]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sink.items).toEqual([[6], [7]]);
  });

  it("sends as soon as a sender is idle with maxAgeMs 0, and batches while all are busy", async () => {
    const { sink, dispatcher } = setUp({ batch: { maxAgeMs: 0 }, maxConcurrency: 1 });
    dispatcher.tryPush("a");
    dispatcher.tryPush("b");
    await turn();
    for (const item of ["c", "d", "e"]) dispatcher.tryPush(item);
    await turn();
    expect(sink.items).toEqual([["a", "b"]]);
    await sink.succeed(0);
    expect(sink.items).toEqual([
      ["a", "b"],
      ["c", "d", "e"],
    ]);
  });

  it("sends every falsy item like any other", async () => {
    const falsy = [undefined, null, 0, "", false, Number.NaN, 0n];
    const { sink, dispatcher } = setUp({ batch: { maxItems: falsy.length } });
    for (const item of falsy) dispatcher.tryPush(item);
    await turn();
    expect(sink.items).toEqual([falsy]);
  });

  it("never has more than maxConcurrency sends running", async () => {
    const { sink, dispatcher } = setUp({ batch: { maxItems: 1 }, maxConcurrency: 2 });
    for (const item of range(5)) dispatcher.tryPush(item);
    await turn();
    expect(sink.calls).toHaveLength(2);
    await sink.succeed(1);
    expect(sink.items).toEqual([[0], [1], [2]]);
    expect(dispatcher.stats()).toMatchObject({ inFlight: 2, sends: 3, delivered: 1 });
  });

  it("sends a batch that cannot grow because the buffer is full, without waiting for its age", async () => {
    const { sink, dispatcher } = setUp({ overflow: blockNewItems({ maxItems: 3 }), batch: { maxAgeMs: Infinity } });
    for (const item of [1, 2, 3]) dispatcher.tryPush(item);
    expect(dispatcher.tryPush(4)).toBe(false);
    await turn();
    expect(sink.items).toEqual([[1, 2, 3]]);
  });

  it("keeps items moving when all limits but the overflow's are infinite", async () => {
    const delivered: unknown[] = [];
    const dispatcher = new Dispatcher<number>({
      send: ({ items }) => void delivered.push(...items),
      batch: { maxItems: Infinity, maxAgeMs: Infinity },
    });
    await dispatcher.consume(range(2_500));
    await dispatcher.drain();
    expect(delivered).toEqual(range(2_500));
  });
});

describe("backpressure", () => {
  it("refuses at 1,000 live items by default, and says when there is room", async () => {
    const { sink, dispatcher } = setUp();
    for (const item of range(1_000)) expect(dispatcher.tryPush(item)).toBe(true);
    expect(dispatcher.tryPush(1_000)).toBe(false);
    const room = follow(dispatcher.ready());
    await turn();
    expect(room.state).toBe("pending");
    await sink.succeed(0);
    expect(room.state).toBe("resolved");
    expect(dispatcher.tryPush(1_000)).toBe(true);
  });

  it("lets pushes wait for room and in by their order; tryPush overtakes nobody", async () => {
    const { sink, dispatcher } = setUp({ batch: { maxItems: 2 }, overflow: blockNewItems({ maxItems: 2 }) });
    await dispatcher.push(1);
    await dispatcher.push(2);
    const waiting = ["a", "b", "c"].map((item) => follow(dispatcher.push(item)));
    await turn();
    expect(waiting.map(({ state }) => state)).toEqual(["pending", "pending", "pending"]);
    expect(dispatcher.stats().waiting).toBe(3);
    await sink.succeed(0);
    expect(waiting.map(({ state }) => state)).toEqual(["resolved", "resolved", "pending"]);
    expect(dispatcher.tryPush("sly")).toBe(false);
    await sink.succeed(1);
    expect(waiting[2]?.state).toBe("resolved");
    dispatcher.close();
    await turn();
    expect(sink.items).toEqual([[1, 2], ["a", "b"], ["c"]]);
  });

  it("takes a push back when its signal is aborted before there was room, and lets its neighbours move up", async () => {
    const { sink, dispatcher } = setUp({
      batch: { maxItems: 1, sizeOf: Number },
      overflow: blockNewItems({ maxSize: 10 }),
    });
    dispatcher.tryPush(6);
    const controller = new AbortController();
    const large = follow(dispatcher.push(8, { signal: controller.signal }));
    const small = follow(dispatcher.push(4));
    await turn();
    controller.abort(new Error("changed my mind"));
    await turn();
    expect(large).toEqual({ state: "rejected", error: new Error("changed my mind") });
    expect(small.state).toBe("resolved");
    expect(sink.items).toEqual([[6], [4]]);
  });

  it("rejects a wait whose signal is aborted already, before anything happens", async () => {
    const { dispatcher } = setUp();
    const signal = AbortSignal.abort("too late");
    for (const wait of [
      dispatcher.push(1, { signal }),
      dispatcher.deliver(1, { signal }),
      dispatcher.ready({ signal }),
      dispatcher.flush({ signal }),
      dispatcher.consume([1], { signal }),
    ]) {
      await expect(wait).rejects.toBe("too late");
    }
    expect(dispatcher.stats().accepted).toBe(0);
  });

  it("drops the oldest, or the newest, for producers that must not wait", async () => {
    const oldest = setUp({ overflow: dropOldestBatch({ maxItems: 2 }), batch: { maxItems: 1 }, maxConcurrency: 1 });
    const newest = setUp({ overflow: dropNewest({ maxItems: 2 }), batch: { maxItems: 1 }, maxConcurrency: 1 });
    for (const item of range(4)) {
      expect(oldest.dispatcher.tryPush(item)).toBe(true);
      expect(newest.dispatcher.tryPush(item)).toBe(true);
    }
    expect(oldest.drops.map(({ items }) => items)).toEqual([[0], [1]]);
    expect(newest.drops.map(({ items }) => items)).toEqual([[2], [3]]);
  });

  it("reports a batch that was passed over in flight when its send ends, once, as what it became", async () => {
    const options = { overflow: dropOldestBatch({ maxItems: 1 }), batch: { maxItems: 1 }, maxConcurrency: 2 };
    const { sink, drops, dispatcher } = setUp(options);
    dispatcher.tryPush("delivered all the same");
    await turn();
    dispatcher.tryPush("fails");
    await turn();
    dispatcher.tryPush("last");
    await turn();
    expect(drops).toEqual([]);
    await sink.succeed(0);
    await sink.fail(1);
    expect(drops.map(({ items, reason }) => [items, reason])).toEqual([[["fails"], "overflow"]]);
    expect(dispatcher.stats().delivered).toBe(1);
  });
});

describe("failures", () => {
  it("retries by the policy, with the same batch id, meta and a counted attempt", async () => {
    const { sink, dispatcher } = setUp({ batch: { maxItems: 1 }, retry: fixedDelay({ delayMs: 100 }) });
    dispatcher.tryPush("a");
    await turn();
    (sink.calls[0]?.batch as Batch<unknown>).meta = "seen";
    await sink.fail(0);
    await vi.advanceTimersByTimeAsync(99);
    expect(sink.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(sink.calls[1]?.batch).toMatchObject({ id: 1, attempt: 2, meta: "seen", items: ["a"] });
    expect(sink.calls[1]?.context.attempt).toBe(2);
    expect(dispatcher.stats()).toMatchObject({ batches: 1, sends: 2, retries: 1, failures: 1 });
  });

  it("gives up after ten retries by default, and says so", async () => {
    const drops: Drop<string>[] = [];
    const error = new Error("always");
    const dispatcher = new Dispatcher<string>({
      send: () => Promise.reject(error),
      batch: { maxItems: 1 },
      onDrop: (drop) => drops.push(drop),
    });
    dispatcher.tryPush("poison");
    const summary = dispatcher.drain();
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(drops).toEqual([{ items: ["poison"], reason: "retries-exhausted", error, attempts: 11, batchId: 1 }]);
    expect((await summary).dropped["retries-exhausted"]).toBe(1);
  });

  it("treats a send that throws at once like one that rejects", async () => {
    let attempts = 0;
    const dispatcher = new Dispatcher<string>({
      send: () => {
        attempts += 1;
        if (attempts === 1) throw new Error("at once");
      },
      retry: fixedDelay({ delayMs: 10 }),
    });
    dispatcher.tryPush("a");
    const summary = dispatcher.drain();
    await vi.advanceTimersByTimeAsync(10);
    expect(await summary).toMatchObject({ accepted: 1, delivered: 1 });
    expect(attempts).toBe(2);
  });

  it("takes any answer but a rejection as success, thenables included", async () => {
    const answers: unknown[] = [undefined, 0, "", null, Promise.resolve(false), { then: (done: () => void) => done() }];
    const { length } = answers;
    const dispatcher = new Dispatcher<number>({
      send: () => answers.pop(),
      batch: { maxItems: 1 },
      retry: noRetry(),
    });
    await dispatcher.consume(range(length));
    expect(await dispatcher.drain()).toMatchObject({ accepted: length, delivered: length });
  });

  it("hears a send once, even one that settles twice", async () => {
    const twice = {
      then(done: () => void, fail: (error: unknown) => void) {
        done();
        fail(new Error("and again"));
        done();
      },
    };
    const { dispatcher, drops } = setUp({ send: () => twice, batch: { maxItems: 1 } });
    dispatcher.tryPush("a");
    await turn();
    expect(dispatcher.stats()).toMatchObject({ delivered: 1, failures: 0, inFlight: 0 });
    expect(drops).toEqual([]);
  });

  it("retries only what the send kept: partial success", async () => {
    const attempts: unknown[] = [];
    const dispatcher = new Dispatcher<number>({
      send: async (batch) => {
        attempts.push(batch.items);
        batch.keep((item) => item > 2);
        if (batch.items.length > 0 && batch.attempt === 1) throw new Error("some failed");
      },
      batch: { maxItems: 4 },
      retry: fixedDelay({ delayMs: 1 }),
    });
    for (const item of [1, 2, 3, 4]) dispatcher.tryPush(item);
    await vi.advanceTimersByTimeAsync(1);
    expect(attempts).toEqual([
      [1, 2, 3, 4],
      [3, 4],
    ]);
    expect(dispatcher.stats().delivered).toBe(4);
  });

  it("closes cleanly when a send has emptied its batch and then fails", async () => {
    const { sink, drops, dispatcher } = setUp({ batch: { maxItems: 1 } });
    dispatcher.tryPush("a");
    await turn();
    sink.calls[0]?.batch.keep(() => false);
    dispatcher.close();
    await turn();
    expect(dispatcher.state).toBe("closing");
    await sink.fail(0);
    expect(dispatcher.state).toBe("drained");
    expect(drops).toEqual([]);
    expect(await dispatcher.drained).toMatchObject({ accepted: 1, delivered: 1 });
  });

  it("lets onError drop a batch, keep a part of it, or choose the delay", async () => {
    const { sink, drops, dispatcher } = setUp({
      batch: { maxItems: 2 },
      retry: fixedDelay({ delayMs: 1_000 }),
      onError: ({ batch, error, attempt }) => {
        expect(attempt).toBe(batch.attempt);
        if (error === "poison") return "drop";
        if (error === "busy") return { retryAfterMs: 5 };
        if (error === "half") batch.keep((item) => item === "b1");
        return undefined;
      },
    });
    for (const item of ["a1", "a2", "b1", "b2", "c1", "c2"]) dispatcher.tryPush(item);
    await turn();
    await sink.fail(0, "poison");
    await sink.fail(1, "half");
    await sink.fail(2, "busy");
    expect(drops).toEqual([{ items: ["a1", "a2"], reason: "rejected", error: "poison", attempts: 1, batchId: 1 }]);
    await vi.advanceTimersByTimeAsync(5);
    expect(sink.items.slice(3)).toEqual([["c1", "c2"]]);
    await vi.advanceTimersByTimeAsync(995);
    expect(sink.items.slice(4)).toEqual([["b1"]]);
  });

  it("bounds the attempts by the policy, whatever delay onError chooses", async () => {
    const { drops, dispatcher } = setUp({
      send: () => Promise.reject(new Error("429")),
      batch: { maxItems: 1 },
      retry: exponentialBackoff({ maxRetries: 2 }),
      onError: () => ({ retryAfterMs: 1 }),
    });
    dispatcher.tryPush("a");
    await vi.advanceTimersByTimeAsync(10);
    expect(drops.map(({ attempts }) => attempts)).toEqual([3]);
  });

  it("counts a send that takes too long as failed, aborts its signal, and goes on without it", async () => {
    const { sink, dispatcher } = setUp({
      batch: { maxItems: 1 },
      maxConcurrency: 1,
      sendTimeoutMs: 50,
      retry: fixedDelay({ delayMs: 10 }),
    });
    dispatcher.tryPush("a");
    await turn();
    const { signal } = sink.calls[0]?.context as SendContext;
    await vi.advanceTimersByTimeAsync(50);
    expect(signal.reason).toEqual(new SendTimeoutError(50));
    expect(dispatcher.stats()).toMatchObject({ inFlight: 0, failures: 1 });
    await vi.advanceTimersByTimeAsync(10);
    expect(sink.items).toEqual([["a"], ["a"]]);
    await sink.succeed(0);
    expect(dispatcher.stats()).toMatchObject({ inFlight: 1, delivered: 0 });
    await sink.succeed(1);
    expect(dispatcher.stats()).toMatchObject({ inFlight: 0, delivered: 1 });
  });

  it("makes a signal only for those who look at it, and an aborted one for those who look late", async () => {
    const contexts: SendContext[] = [];
    const dispatcher = new Dispatcher<string>({
      send: (_, context) => {
        contexts.push(context);
        return new Promise<void>(() => {});
      },
      sendTimeoutMs: 10,
      retry: noRetry(),
      onDrop: () => {},
      batch: { maxItems: 1 },
    });
    dispatcher.tryPush("a");
    await vi.advanceTimersByTimeAsync(10);
    expect(contexts[0]?.signal.aborted).toBe(true);
    expect(contexts[0]?.signal).toBe(contexts[0]?.signal);
  });

  it("leaves a batch to the policy when onError returns nonsense, and the mistake surfaces", async () => {
    const { sink, dispatcher } = setUp({
      retry: fixedDelay({ delayMs: 10 }),
      batch: { maxItems: 1 },
      onError: () => ({ retryAfterMs: Number.NaN }),
    });
    dispatcher.tryPush("a");
    await turn();
    await sink.fail(0);
    await vi.advanceTimersByTimeAsync(10);
    expect(sink.items).toEqual([["a"], ["a"]]);
    expect(await takeUnhandled()).toMatchObject([
      { message: expect.stringContaining("onError must return") as string },
    ]);
  });

  it("survives a retry policy that answers nonsense: the batch is dropped and the mistake surfaces", async () => {
    const { drops, dispatcher } = setUp({
      send: () => Promise.reject(new Error("no")),
      retry: { nextDelayMs: () => Number.NaN },
      batch: { maxItems: 1 },
    });
    dispatcher.tryPush("a");
    await turn();
    expect(drops.map(({ reason }) => reason)).toEqual(["rejected"]);
    expect(await takeUnhandled()).toMatchObject([{ message: expect.stringContaining("the delay must be") as string }]);
  });
});

describe("hooks that throw", () => {
  it("neither stop the pump nor corrupt it; each error surfaces once", async () => {
    const { sink, dispatcher } = setUp({
      batch: { maxItems: 1 },
      retry: noRetry(),
      onError: () => {
        throw new Error("onError");
      },
      onDrop: () => {
        throw new Error("onDrop");
      },
      onDrained: () => {
        throw new Error("onDrained");
      },
    });
    dispatcher.tryPush("a");
    await turn();
    await sink.fail(0);
    dispatcher.tryPush("b");
    await turn();
    await sink.succeed(1);
    const summary = await dispatcher.drain();
    expect(summary).toMatchObject({ accepted: 2, delivered: 1, dropped: { "retries-exhausted": 1 } });
    expect((await takeUnhandled()).map((error) => (error as Error).message)).toEqual([
      "onError",
      "onDrop",
      "onDrained",
    ]);
  });

  it("let sizeOf throw to whoever pushed, and nothing changes", async () => {
    const { dispatcher } = setUp({
      batch: {
        sizeOf: () => {
          throw new Error("sizeOf");
        },
      },
    });
    expect(() => dispatcher.tryPush("a")).toThrow("sizeOf");
    await expect(dispatcher.push("a")).rejects.toThrow("sizeOf");
    await expect(dispatcher.deliver("a")).rejects.toThrow("sizeOf");
    await expect(dispatcher.consume(["a"])).rejects.toThrow("sizeOf");
    expect(dispatcher.stats().accepted).toBe(0);
  });

  it("let nothing in once sizeOf has closed the dispatcher", async () => {
    for (const door of ["tryPush", "push", "deliver"] as const) {
      const { dispatcher } = setUp({
        batch: {
          sizeOf: () => {
            dispatcher.close();
            return 1;
          },
        },
      });
      const answer = dispatcher[door]("a");
      if (door === "tryPush") expect(answer).toBe(false);
      else await expect(answer).rejects.toBeInstanceOf(DispatcherClosedError);
      expect((await dispatcher.drained).accepted).toBe(0);
    }
  });

  it("may push, flush and close from within", async () => {
    const seen: unknown[] = [];
    const dispatcher = new Dispatcher<number>({
      send: ({ items }) => {
        seen.push(...items);
        for (const item of items) if (item < 3) dispatcher.tryPush(item + 1);
        void dispatcher.flush();
        if (items.includes(3)) dispatcher.close();
      },
      batch: { maxAgeMs: 0 },
    });
    dispatcher.tryPush(1);
    await turn();
    expect(seen).toEqual([1, 2, 3]);
    expect(dispatcher.state).toBe("drained");
  });
});

describe("deliver", () => {
  it("resolves when the very item was delivered", async () => {
    const { sink, dispatcher } = setUp({ batch: { maxItems: 2 }, retry: fixedDelay({ delayMs: 10 }) });
    const first = follow(dispatcher.deliver("a"));
    const second = follow(dispatcher.deliver("b"));
    await turn();
    sink.calls[0]?.batch.keep((item) => item === "b");
    await turn();
    expect([first.state, second.state]).toEqual(["resolved", "pending"]);
    await sink.fail(0);
    await vi.advanceTimersByTimeAsync(10);
    await sink.succeed(1);
    expect(second.state).toBe("resolved");
  });

  it("rejects with the reason and the cause when the item was given up", async () => {
    const cause = new Error("no");
    const { sink, dispatcher } = setUp({ batch: { maxItems: 1 }, retry: noRetry() });
    const outcome = follow(dispatcher.deliver("a"));
    await turn();
    await sink.fail(0, cause);
    expect(outcome.error).toBeInstanceOf(ItemDroppedError);
    expect(outcome.error).toMatchObject({ reason: "retries-exhausted", cause, code: "DISP_ITEM_DROPPED" });
  });

  it("rejects at once when the newcomer is dropped at once", async () => {
    const { dispatcher } = setUp({ overflow: dropNewest({ maxItems: 1 }) });
    dispatcher.tryPush("a");
    await expect(dispatcher.deliver("b")).rejects.toMatchObject({ reason: "overflow" });
  });

  it("waits for room first, and gives the item back when aborted there", async () => {
    const { sink, dispatcher } = setUp({ overflow: blockNewItems({ maxItems: 1 }), batch: { maxItems: 1 } });
    dispatcher.tryPush("a");
    const controller = new AbortController();
    const aborted = follow(dispatcher.deliver("b", { signal: controller.signal }));
    const outcome = follow(dispatcher.deliver("c"));
    controller.abort("no more");
    await turn();
    expect(aborted).toEqual({ state: "rejected", error: "no more" });
    await sink.succeed(0);
    await sink.succeed(1);
    expect(outcome.state).toBe("resolved");
    expect(sink.items).toEqual([["a"], ["c"]]);
  });

  it("stops waiting when aborted after the item was accepted, and delivers it all the same", async () => {
    const { sink, dispatcher } = setUp({ batch: { maxItems: 1 } });
    const controller = new AbortController();
    const outcome = follow(dispatcher.deliver("a", { signal: controller.signal }));
    await turn();
    controller.abort("no patience");
    await turn();
    expect(outcome).toEqual({ state: "rejected", error: "no patience" });
    await sink.succeed(0);
    expect(dispatcher.stats().delivered).toBe(1);
  });
});

describe("sizes", () => {
  const sized = { batch: { maxSize: 10, sizeOf: Number } };

  it("are refused at the door when they fit no batch", async () => {
    const { dispatcher } = setUp(sized);
    expect(() => dispatcher.tryPush(11)).toThrow(ItemTooLargeError);
    expect(() => dispatcher.tryPush(0)).toThrow(ItemTooSmallError);
    await expect(dispatcher.push(11)).rejects.toThrow(ItemTooLargeError);
    await expect(dispatcher.deliver(-1)).rejects.toThrow(ItemTooSmallError);
    expect(dispatcher.stats().accepted).toBe(0);
  });

  it("that fit no batch do not end a source: the item is accepted and dropped with its reason", async () => {
    const { sink, drops, dispatcher } = setUp(sized);
    await dispatcher.consume([5, 11, 5, 0]);
    expect(drops.map(({ items, reason, attempts }) => [items, reason, attempts])).toEqual([
      [[11], "too-large", 0],
      [[0], "too-small", 0],
    ]);
    dispatcher.close();
    await turn();
    expect(sink.items).toEqual([[5, 5]]);
    await sink.succeed(0);
    const { accepted, delivered, dropped } = await dispatcher.drained;
    expect([accepted, delivered, dropped["too-large"], dropped["too-small"]]).toEqual([4, 2, 1, 1]);
  });
});

describe("consume and process", () => {
  it("hands in what a source yields, with backpressure, and leaves the dispatcher open", async () => {
    const { sink, dispatcher } = setUp({ batch: { maxItems: 2 }, overflow: blockNewItems({ maxItems: 2 }) });
    let pulled = 0;
    async function* source() {
      for (const item of range(5)) {
        pulled += 1;
        yield item;
      }
    }
    const done = follow(dispatcher.consume(source()));
    await turn();
    expect(pulled).toBe(3);
    await sink.succeed(0);
    await sink.succeed(1);
    expect(done.state).toBe("resolved");
    expect(dispatcher.state).toBe("open");
  });

  it("obeys its signal while it waits for room", async () => {
    const { dispatcher } = setUp({ overflow: blockNewItems({ maxItems: 1 }) });
    const controller = new AbortController();
    const done = follow(dispatcher.consume([1, 2, 3], { signal: controller.signal }));
    await turn();
    controller.abort("enough");
    await turn();
    expect(done).toEqual({ state: "rejected", error: "enough" });
    expect(dispatcher.stats()).toMatchObject({ accepted: 1, waiting: 0 });
  });

  it("ends when the dispatcher is closed, even while the source is silent", async () => {
    const { dispatcher } = setUp();
    const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
    const done = follow(dispatcher.consume(silent));
    dispatcher.close();
    await turn();
    expect(done.error).toBeInstanceOf(DispatcherClosedError);
  });

  it("lets timers run while sends that settle at once cause ever more sends", async () => {
    vi.useRealTimers();
    const dispatcher = new Dispatcher<number>({
      send: () => void dispatcher.tryPush(1),
      batch: { maxItems: 1 },
    });
    dispatcher.tryPush(1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(dispatcher.stats().sends).toBeGreaterThan(1_000);
    await dispatcher.drain();
  });

  it("drains a source to a summary", async () => {
    const sent: unknown[] = [];
    const summary = await Dispatcher.process(range(45), { send: ({ items }) => void sent.push(...items) });
    expect(summary).toMatchObject({ accepted: 45, delivered: 45, abandoned: 0 });
    expect(sent).toEqual(range(45));
  });

  it("rejects with the source's error, but only after what came before it was sent", async () => {
    const { sink } = setUp();
    const failing = function* () {
      yield "a";
      throw new Error("source");
    };
    const outcome = follow(Dispatcher.process(failing(), { send: sink.send }));
    await turn();
    expect(sink.items).toEqual([["a"]]);
    expect(outcome.state).toBe("pending");
    await sink.succeed(0);
    expect(outcome).toEqual({ state: "rejected", error: new Error("source") });
  });

  it("rejects with the signal's reason when it is called off", async () => {
    const controller = new AbortController();
    const endless = async function* () {
      for (;;) yield await new Promise<never>(() => {});
    };
    const outcome = follow(Dispatcher.process(endless(), { send: () => {}, signal: controller.signal }));
    await turn();
    controller.abort("called off");
    await turn();
    expect(outcome).toEqual({ state: "rejected", error: "called off" });
  });
});

describe("writable", () => {
  it("takes chunks with backpressure and drains when it is closed", async () => {
    const { sink, dispatcher } = setUp({ batch: { maxItems: 1 }, overflow: blockNewItems({ maxItems: 1 }) });
    const writer = dispatcher.writable.getWriter();
    const first = follow(writer.write("a"));
    const second = follow(writer.write("b"));
    await turn();
    expect([first.state, second.state]).toEqual(["resolved", "pending"]);
    await sink.succeed(0);
    expect(second.state).toBe("resolved");
    const closed = follow(writer.close());
    await turn();
    expect(closed.state).toBe("pending");
    await sink.succeed(1);
    expect(closed.state).toBe("resolved");
    expect(dispatcher.state).toBe("drained");
  });

  it("calls everything off when it is aborted", async () => {
    const { drops, dispatcher } = setUp();
    const writer = dispatcher.writable.getWriter();
    await writer.write("a");
    await writer.abort("enough");
    expect(drops).toEqual([{ items: ["a"], reason: "aborted", error: "enough", attempts: 0, batchId: 1 }]);
    expect(dispatcher.state).toBe("drained");
  });

  it("calls everything off when it is aborted while a write waits for room", async () => {
    const { sink, dispatcher } = setUp({ batch: { maxItems: 1 }, overflow: blockNewItems({ maxItems: 1 }) });
    const writer = dispatcher.writable.getWriter();
    writer.closed.catch(() => {});
    await writer.write("a");
    const blocked = follow(writer.write("b"));
    await turn();
    const aborted = follow(writer.abort("enough"));
    await turn();
    expect(sink.calls[0]?.context.signal.reason).toBe("enough");
    await sink.fail(0);
    expect([blocked.state, aborted.state]).toEqual(["rejected", "resolved"]);
    expect(await dispatcher.drained).toMatchObject({ accepted: 1, dropped: { aborted: 1 } });
  });

  it("fails when the dispatcher was closed", async () => {
    const { dispatcher } = setUp();
    const writer = dispatcher.writable.getWriter();
    writer.closed.catch(() => {});
    dispatcher.close();
    await expect(writer.write("a")).rejects.toBeInstanceOf(DispatcherClosedError);
  });

  it("is the same stream each time", () => {
    const { dispatcher } = setUp();
    expect(dispatcher.writable).toBe(dispatcher.writable);
  });
});

describe("flush", () => {
  it("is a barrier: all accepted before it have settled, those in flight and those backing off included", async () => {
    const { sink, dispatcher } = setUp({ batch: { maxItems: 2 }, retry: fixedDelay({ delayMs: 100 }) });
    dispatcher.tryPush(1);
    dispatcher.tryPush(2);
    await turn();
    dispatcher.tryPush(3);
    const flushed = follow(dispatcher.flush());
    await turn();
    expect(sink.items).toEqual([[1, 2], [3]]);
    await sink.fail(0);
    await sink.succeed(1);
    dispatcher.tryPush("after the barrier");
    expect(flushed.state).toBe("pending");
    await vi.advanceTimersByTimeAsync(100);
    await sink.succeed(2);
    expect(flushed.state).toBe("resolved");
    expect(dispatcher.state).toBe("open");
  });

  it("resolves at once when there is nothing, and can be given up", async () => {
    const { dispatcher } = setUp();
    await dispatcher.flush();
    dispatcher.tryPush(1);
    const controller = new AbortController();
    const flushed = follow(dispatcher.flush({ signal: controller.signal }));
    controller.abort("never mind");
    await turn();
    expect(flushed).toEqual({ state: "rejected", error: "never mind" });
  });

  it("ends when what it waited for was dropped by a newcomer that joined another batch", async () => {
    const { dispatcher } = setUp({
      batch: { maxItems: 2, maxAgeMs: 60_000, sizeOf: Number },
      overflow: dropOldestBatch({ maxSize: 4 }),
      maxConcurrency: 1,
      rateLimit: { wait: () => new Promise<void>(() => {}) },
    });
    dispatcher.tryPush(2);
    const flushed = follow(dispatcher.flush());
    dispatcher.tryPush(1);
    await turn();
    expect(flushed.state).toBe("pending");
    dispatcher.tryPush(2);
    await turn();
    expect(flushed.state).toBe("resolved");
  });

  it("also waits for a batch that was passed over in flight", async () => {
    const { sink, dispatcher } = setUp({ overflow: dropOldestBatch({ maxItems: 1 }), batch: { maxItems: 1 } });
    dispatcher.tryPush("a");
    await turn();
    dispatcher.tryPush("b");
    await turn();
    const flushed = follow(dispatcher.flush());
    await sink.succeed(1);
    expect(flushed.state).toBe("pending");
    await sink.succeed(0);
    expect(flushed.state).toBe("resolved");
  });
});

describe("the end", () => {
  it("turns newcomers away, sends what is there, and tells onDrained before drained resolves", async () => {
    const told: string[] = [];
    const { sink, dispatcher } = setUp({ onDrained: ({ delivered }) => told.push(`onDrained ${delivered}`) });
    void dispatcher.drained.then(() => told.push("drained"));
    dispatcher.tryPush("a");
    dispatcher.close();
    dispatcher.close();
    expect(dispatcher.state).toBe("closing");
    expect(dispatcher.tryPush("b")).toBe(false);
    await expect(dispatcher.push("b")).rejects.toBeInstanceOf(DispatcherClosedError);
    await expect(dispatcher.deliver("b")).rejects.toBeInstanceOf(DispatcherClosedError);
    await expect(dispatcher.ready()).rejects.toBeInstanceOf(DispatcherClosedError);
    await expect(dispatcher.consume(["b"])).rejects.toBeInstanceOf(DispatcherClosedError);
    await turn();
    expect(sink.items).toEqual([["a"]]);
    await sink.succeed(0);
    expect(told).toEqual(["onDrained 1", "drained"]);
    expect(dispatcher.state).toBe("drained");
    await dispatcher.flush();
    expect(await dispatcher.drain()).toMatchObject({ accepted: 1, delivered: 1 });
  });

  it("rejects those in line for room", async () => {
    const { dispatcher } = setUp({ overflow: blockNewItems({ maxItems: 1 }) });
    dispatcher.tryPush("a");
    const waiting = [dispatcher.push("b"), dispatcher.deliver("c"), dispatcher.ready()].map(follow);
    dispatcher.close();
    await turn();
    for (const { error } of waiting) expect(error).toBeInstanceOf(DispatcherClosedError);
    expect(waiting.map(({ error }) => (error as Error).message.split(":")[0])).toEqual([
      "Cannot push",
      "Cannot push",
      "Cannot wait for room",
    ]);
  });

  it("tells newcomers why it was called off", async () => {
    const reason = new Error("shutting down");
    const { dispatcher } = setUp({ signal: AbortSignal.abort(reason) });
    await expect(dispatcher.push("a")).rejects.toMatchObject({ cause: reason });
    await expect(dispatcher.consume(["a"])).rejects.toMatchObject({ cause: reason });
  });

  it("rejects when process is given wrong options, and throws nothing at once", async () => {
    await expect(Dispatcher.process([1], {} as never)).rejects.toThrow("send must be a function");
  });

  it("takes the context of a send for the options of a push: its signal is what counts", async () => {
    const { dispatcher } = setUp();
    const context = { signal: new AbortController().signal, attempt: 1 };
    await dispatcher.push("a", context);
    expect(dispatcher.stats().accepted).toBe(1);
  });

  it("refuses what stands in place of options, and stays open", async () => {
    const { dispatcher } = setUp();
    const { signal } = new AbortController();
    await expect(dispatcher.drain(1_000 as never)).rejects.toThrow("with only timeoutMs, signal, got 1000");
    await expect(dispatcher.push("a", signal as never)).rejects.toThrow("got an instance of AbortSignal");
    await expect(dispatcher.deliver("a", signal as never)).rejects.toThrow("got an instance of AbortSignal");
    await expect(dispatcher.flush(100 as never)).rejects.toThrow("with only signal, got 100");
    expect(dispatcher.stats()).toMatchObject({ state: "open", accepted: 0 });
  });

  it("goes on retrying until all is settled", async () => {
    const { sink, dispatcher } = setUp({ retry: fixedDelay({ delayMs: 100 }) });
    dispatcher.tryPush("a");
    const summary = follow(dispatcher.drain());
    await turn();
    await sink.fail(0);
    await vi.advanceTimersByTimeAsync(100);
    await sink.succeed(1);
    expect(summary.value).toMatchObject({ accepted: 1, delivered: 1 });
  });

  it("at the deadline drops what is buffered, aborts what runs, and abandons what does not settle", async () => {
    const { sink, drops, dispatcher } = setUp({ batch: { maxItems: 1 }, maxConcurrency: 2 });
    const deliveries = ["hangs", "heeds its signal", "buffered"].map((item) => follow(dispatcher.deliver(item)));
    await turn();
    sink.calls[1]?.context.signal.addEventListener("abort", () => void sink.fail(1, "aborted by signal"));
    const summary = dispatcher.drain({ timeoutMs: 500 });
    await vi.advanceTimersByTimeAsync(500);
    expect(await summary).toMatchObject({ accepted: 3, delivered: 0, dropped: { aborted: 2 }, abandoned: 1 });
    expect(drops.map(({ items, reason }) => [items, reason])).toEqual([
      [["buffered"], "aborted"],
      [["heeds its signal"], "aborted"],
    ]);
    for (const { error } of deliveries) expect(error).toMatchObject({ reason: "aborted" });
    expect((sink.calls[0]?.context.signal.reason as DOMException).name).toBe("TimeoutError");
    await sink.succeed(0);
    expect(dispatcher.stats()).toMatchObject({ delivered: 0, abandoned: 1 });
  });

  it("counts what is sent before the deadline, and leaves no timer behind", async () => {
    const { sink, dispatcher } = setUp();
    dispatcher.tryPush("a");
    const summary = dispatcher.drain({ timeoutMs: 60_000 });
    await turn();
    await sink.succeed(0);
    expect(await summary).toMatchObject({ delivered: 1, abandoned: 0 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("heeds the earliest of several deadlines", async () => {
    const { dispatcher } = setUp();
    dispatcher.tryPush("a");
    const late = dispatcher.drain({ timeoutMs: 1_000 });
    const early = dispatcher.drain({ timeoutMs: 10 });
    await vi.advanceTimersByTimeAsync(10);
    expect(await late).toEqual(await early);
    expect(await late).toMatchObject({ abandoned: 1 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("stops waiting when the signal of drain is aborted, and drains on", async () => {
    const { sink, dispatcher } = setUp();
    dispatcher.tryPush("a");
    const controller = new AbortController();
    const waited = follow(dispatcher.drain({ signal: controller.signal }));
    await turn();
    controller.abort("gone");
    await turn();
    expect(waited).toEqual({ state: "rejected", error: "gone" });
    await sink.succeed(0);
    expect(await dispatcher.drained).toMatchObject({ delivered: 1 });
  });

  it.each([-1, Number.NaN, "5" as never])("refuses %s as a deadline and stays open", async (timeoutMs) => {
    const { dispatcher } = setUp();
    await expect(dispatcher.drain({ timeoutMs })).rejects.toThrow("Cannot drain: timeoutMs must be a number >= 0");
    expect(dispatcher.state).toBe("open");
  });

  it("says at the deadline why so much was left, if the last send failed", async () => {
    const { sink, drops, dispatcher } = setUp({
      batch: { maxItems: 1 },
      maxConcurrency: 1,
      retry: fixedDelay({ delayMs: 1_000 }),
    });
    for (const item of ["fails", "waits"]) dispatcher.tryPush(item);
    await turn();
    await sink.fail(0, new Error("HTTP 503"));
    await sink.fail(1, new Error("HTTP 503"));
    const summary = dispatcher.drain({ timeoutMs: 100 });
    await vi.advanceTimersByTimeAsync(100);
    expect(await summary).toMatchObject({ dropped: { aborted: 2 }, abandoned: 0 });
    expect(drops.map(({ error }) => String(error))).toEqual(
      Array(2).fill(expect.stringContaining("TimeoutError: Cannot drain: everything must be sent within 100 ms")),
    );
    expect(drops[0]?.error).toMatchObject({ cause: new Error("HTTP 503") });
  });

  it("is called off by the signal: buffered items are dropped, running sends aborted, and their failures not retried", async () => {
    const controller = new AbortController();
    const { sink, drops, dispatcher } = setUp({
      batch: { maxItems: 1 },
      maxConcurrency: 2,
      signal: controller.signal,
    });
    for (const item of ["fails", "succeeds", "buffered"]) dispatcher.tryPush(item);
    await turn();
    controller.abort("called off");
    expect(sink.calls[0]?.context.signal.reason).toBe("called off");
    await sink.fail(0, "because of the signal");
    await sink.succeed(1);
    expect(drops.map(({ items, reason, error }) => [items, reason, error])).toEqual([
      [["buffered"], "aborted", "called off"],
      [["fails"], "aborted", "because of the signal"],
    ]);
    expect(await dispatcher.drained).toMatchObject({ accepted: 3, delivered: 1, dropped: { aborted: 2 } });
  });

  it("drains at once when its signal was aborted before it began", async () => {
    const dispatcher = new Dispatcher<string>({ send: () => {}, signal: AbortSignal.abort() });
    expect(dispatcher.tryPush("a")).toBe(false);
    expect(await dispatcher.drained).toMatchObject({ accepted: 0 });
  });

  it("leaves no listener on the signal", async () => {
    const { signal } = new AbortController();
    const add = vi.spyOn(signal, "addEventListener");
    const remove = vi.spyOn(signal, "removeEventListener");
    const dispatcher = new Dispatcher<string>({ send: () => {}, signal, overflow: blockNewItems({ maxItems: 1 }) });
    await dispatcher.push("a", { signal });
    await dispatcher.push("b", { signal });
    await dispatcher.deliver("c", { signal });
    await dispatcher.consume(["d", "e"], { signal });
    await dispatcher.flush({ signal });
    await dispatcher.drain({ signal });
    await turn();
    expect(remove.mock.calls.length).toBeGreaterThanOrEqual(add.mock.calls.length);
  });

  it("works with await using", async () => {
    const sent: unknown[] = [];
    {
      await using dispatcher = new Dispatcher<string>({ send: ({ items }) => void sent.push(...items) });
      dispatcher.tryPush("a");
    }
    expect(sent).toEqual(["a"]);
  });
});

describe("order fifo", () => {
  it("delivers strictly in order, one batch at a time, waiting while the head backs off", async () => {
    const { sink, dispatcher } = setUp({
      order: "fifo",
      batch: { maxItems: 2 },
      retry: fixedDelay({ delayMs: 5_000 }),
    });
    for (const item of range(5)) dispatcher.tryPush(item);
    await turn();
    expect(sink.items).toEqual([[0, 1]]);
    await sink.fail(0);
    await vi.advanceTimersByTimeAsync(4_999);
    expect(sink.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    await sink.succeed(1);
    await sink.succeed(2);
    await sink.succeed(3);
    expect(sink.items).toEqual([[0, 1], [0, 1], [2, 3], [4]]);
  });
});

describe("timers", () => {
  it("are not there while nothing waits for a time", async () => {
    const { sink, dispatcher } = setUp({ batch: { maxItems: 1 } });
    expect(vi.getTimerCount()).toBe(0);
    dispatcher.tryPush("a");
    await turn();
    expect(vi.getTimerCount()).toBe(0);
    await sink.succeed(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("are one per dispatcher, however much waits", async () => {
    const { sink, dispatcher } = setUp({
      batch: { maxItems: 1 },
      retry: fixedDelay({ delayMs: 1_000 }),
      sendTimeoutMs: 5_000,
      heartbeatMs: 60_000,
      maxConcurrency: 3,
    });
    for (const item of range(6)) dispatcher.tryPush(item);
    await turn();
    await sink.fail(0);
    await sink.fail(1);
    expect(vi.getTimerCount()).toBe(1);
  });

  it("last beyond 2^31-1 ms", async () => {
    const month = 30 * 24 * 3_600_000;
    const { sink, dispatcher } = setUp({ batch: { maxAgeMs: month } });
    dispatcher.tryPush("a");
    await vi.advanceTimersByTimeAsync(month - 1);
    expect(sink.calls).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sink.items).toEqual([["a"]]);
  });
});

describe("heartbeats", () => {
  it("send an empty synthetic batch at least this often while idle", async () => {
    const { sink, dispatcher } = setUp({ heartbeatMs: 100 });
    await vi.advanceTimersByTimeAsync(100);
    expect(sink.calls[0]).toMatchObject({ items: [], at: 100, batch: { synthetic: true } });
    await vi.advanceTimersByTimeAsync(50);
    await sink.succeed(0);
    expect(sink.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(50);
    expect(sink.calls[1]?.at).toBe(200);
    expect(dispatcher.stats()).toMatchObject({ accepted: 0, sends: 2, batches: 0 });
  });

  it("count from the last send, whatever happened since", async () => {
    const { sink, dispatcher } = setUp({ heartbeatMs: 100, batch: { maxItems: 1 } });
    await vi.advanceTimersByTimeAsync(80);
    dispatcher.tryPush("a");
    await turn();
    await vi.advanceTimersByTimeAsync(70);
    await sink.succeed(0);
    await vi.advanceTimersByTimeAsync(29);
    expect(sink.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(sink.calls[1]).toMatchObject({ at: 180, batch: { synthetic: true } });
  });

  it("send what is there early in place of an empty batch", async () => {
    const { sink, dispatcher } = setUp({ heartbeatMs: 100, batch: { maxAgeMs: 600 } });
    await vi.advanceTimersByTimeAsync(50);
    dispatcher.tryPush("a");
    await vi.advanceTimersByTimeAsync(50);
    expect(sink.items).toEqual([["a"]]);
  });

  it("that fail are told on the console when nobody listens to errors", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const { sink } = setUp({ heartbeatMs: 100 });
    const listening = setUp({ heartbeatMs: 100, onError: () => "drop" });
    await vi.advanceTimersByTimeAsync(100);
    await sink.fail(0, "down");
    await listening.sink.fail(0, "heard");
    expect(warn.mock.calls).toEqual([["@disp/core: 1 heartbeat(s) failed, the last with:", "down"]]);
    warn.mockRestore();
  });

  it("stop when the dispatcher is closed", async () => {
    const { dispatcher } = setUp({ heartbeatMs: 100 });
    await turn();
    expect(vi.getTimerCount()).toBe(1);
    await dispatcher.drain();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("do not turn into a busy loop while a batch backs off", async () => {
    const { sink, dispatcher } = setUp({
      heartbeatMs: 100,
      batch: { maxItems: 1 },
      retry: fixedDelay({ delayMs: 10_000 }),
    });
    dispatcher.tryPush("a");
    await turn();
    await sink.fail(0);
    const setTimeoutSpy = vi.spyOn(globalThis, "setTimeout");
    await vi.advanceTimersByTimeAsync(9_000);
    expect(setTimeoutSpy.mock.calls.length).toBeLessThan(3);
    expect(sink.calls).toHaveLength(1);
  });
});
