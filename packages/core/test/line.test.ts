import { blockNewItems, ItemTooLargeError } from "@disp/buffer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Dispatcher } from "../src/lib/dispatcher.ts";
import type { DispatcherOptions } from "../src/lib/options.ts";
import { follow, listenForUncaught, turn } from "../../../tooling/observe.ts";

// What stands in line for room meets the same rules as what finds room at once.

let uncaught: ReturnType<typeof listenForUncaught>;

beforeEach(() => {
  vi.useFakeTimers();
  uncaught = listenForUncaught();
});

afterEach(async () => {
  vi.useRealTimers();
  expect(await uncaught.stop()).toEqual([]);
});

/** Room for one item, one send at a time; `next` ends the running send. */
function setUp(options: Partial<DispatcherOptions<number>> = {}) {
  const sent: (readonly number[])[] = [];
  const drops: unknown[] = [];
  const settle: (() => void)[] = [];
  const dispatcher = new Dispatcher<number>({
    send: ({ items }) => {
      sent.push(items);
      return new Promise<void>((resolve) => settle.push(resolve));
    },
    batch: { maxItems: 1, maxSize: 10, sizeOf: Number },
    overflow: blockNewItems({ maxItems: 1 }),
    maxConcurrency: 1,
    onDrop: ({ items, reason }) => drops.push([items, reason]),
    ...options,
  });
  const next = async () => {
    await turn();
    settle.shift()?.();
    await turn();
  };
  return { dispatcher, sent, drops, next };
}

describe("an item that fits no batch, behind others in line", () => {
  it("is refused at the door, and not when its turn comes", async () => {
    const { dispatcher } = setUp();
    dispatcher.tryPush(1);
    const before = follow(dispatcher.push(2));
    const oversize = [dispatcher.push(99), dispatcher.deliver(99), dispatcher.push(-1)].map(follow);
    await turn();
    expect(before.state).toBe("pending");
    expect(oversize.map(({ state }) => state)).toEqual(["rejected", "rejected", "rejected"]);
    expect(oversize[0]?.error).toBeInstanceOf(ItemTooLargeError);
    expect(dispatcher.stats().waiting).toBe(1);
  });

  it("is told apart from a full buffer by tryPush, too", () => {
    const { dispatcher } = setUp();
    dispatcher.tryPush(1);
    void follow(dispatcher.push(2));
    expect(() => dispatcher.tryPush(99)).toThrow(ItemTooLargeError);
  });

  it("stops neither the pump nor those behind it", async () => {
    const { dispatcher, sent, next } = setUp();
    dispatcher.tryPush(1);
    const waits = [dispatcher.push(2), dispatcher.deliver(99), dispatcher.push(3)].map(follow);
    for (let count = 0; count < 3; count++) await next();
    expect(waits.map(({ state }) => state)).toEqual(["resolved", "rejected", "resolved"]);
    expect(sent).toEqual([[1], [2], [3]]);
  });

  it("does not end a source", async () => {
    const { dispatcher, sent, drops, next } = setUp();
    dispatcher.tryPush(1);
    void follow(dispatcher.push(2));
    const done = follow(dispatcher.consume([99, 3]));
    for (let count = 0; count < 3; count++) await next();
    expect(done).toEqual({ state: "resolved" });
    expect(drops).toEqual([[[99], "too-large"]]);
    expect(sent).toEqual([[1], [2], [3]]);
  });
});

describe("sizeOf", () => {
  it("is called once for each item, those that stand in line included", async () => {
    const sizeOf = vi.fn(() => 1);
    const { dispatcher, next } = setUp({ batch: { maxItems: 1, sizeOf } });
    dispatcher.tryPush(1);
    const waits = [dispatcher.push(2), dispatcher.push(3)].map(follow);
    for (let count = 0; count < 3; count++) await next();
    expect(waits.map(({ state }) => state)).toEqual(["resolved", "resolved"]);
    expect(sizeOf).toHaveBeenCalledTimes(3);
  });

  it("throws to whoever pushed, behind others in line as well", async () => {
    const sizeOf = (item: number) => {
      if (item === 7) throw new Error("sizeOf");
      return 1;
    };
    const { dispatcher, sent, next } = setUp({ batch: { maxItems: 1, sizeOf } });
    dispatcher.tryPush(1);
    const waits = [dispatcher.push(2), dispatcher.push(7), dispatcher.push(3)].map(follow);
    for (let count = 0; count < 3; count++) await next();
    expect(waits.map(({ state }) => state)).toEqual(["resolved", "rejected", "resolved"]);
    expect(sent).toEqual([[1], [2], [3]]);
  });
});

describe("a newcomer that is refused for its size though smaller ones would fit", () => {
  const bySize = { batch: { sizeOf: Number, maxAgeMs: 10 }, overflow: blockNewItems({ maxSize: 10 }) };

  it("finds that ready() waits until there is room for it", async () => {
    const { dispatcher, next } = setUp(bySize);
    dispatcher.tryPush(6);
    expect(dispatcher.tryPush(8)).toBe(false);
    const room = follow(dispatcher.ready());
    // Were it resolved now, a loop of tryPush and ready would never let the timers and the sends have their turn.
    await turn();
    expect(room.state).toBe("pending");
    await next();
    expect(room.state).toBe("resolved");
    expect(dispatcher.tryPush(8)).toBe(true);
  });

  it("makes the growing batch leave, since nothing else would ever make room", async () => {
    const { dispatcher, sent, next } = setUp({ ...bySize, batch: { sizeOf: Number, maxAgeMs: Infinity } });
    dispatcher.tryPush(6);
    expect(dispatcher.tryPush(8)).toBe(false);
    await turn();
    expect(sent).toEqual([[6]]);
    await next();
    expect(dispatcher.tryPush(8)).toBe(true);
  });

  it("leaves the growing batch alone once a smaller one got in", async () => {
    const { dispatcher, sent } = setUp({ ...bySize, batch: { sizeOf: Number, maxAgeMs: Infinity } });
    dispatcher.tryPush(6);
    expect(dispatcher.tryPush(8)).toBe(false);
    expect(dispatcher.tryPush(2)).toBe(true);
    await turn();
    expect(sent).toEqual([]);
  });
});

describe("a signal that is none", () => {
  it("is refused by every wait, before anything happens", async () => {
    const { dispatcher } = setUp();
    const options = { signal: "soon" as never };
    for (const wait of [
      () => dispatcher.push(1, options),
      () => dispatcher.deliver(1, options),
      () => dispatcher.ready(options),
      () => dispatcher.flush(options),
      () => dispatcher.consume([1], options),
      () => dispatcher.drain(options),
    ]) {
      await expect(wait()).rejects.toThrow(TypeError);
    }
    expect(dispatcher.stats()).toMatchObject({ accepted: 0, state: "open" });
  });

  it("rejects a push that has to wait, like any other refusal, and does not throw", async () => {
    const { dispatcher } = setUp();
    dispatcher.tryPush(1);
    const wait = follow(dispatcher.push(2, { signal: "soon" as never }));
    await turn();
    expect(wait.state).toBe("rejected");
  });
});
