import {
  type Acknowledgeable,
  blockNewItems,
  Dispatcher,
  type DispatcherOptions,
  noRetry,
  type Rejection,
} from "@disp/core";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { follow, turn } from "../../../tooling/observe.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** What items were told, by their names. */
class Ledger {
  readonly told: Record<string, unknown> = {};
  answer: () => unknown = () => undefined;

  item(name: string, size = 1): Message {
    return new Message(name, size, (how) => {
      // Told twice, it would be no string or object any more.
      this.told[name] = name in this.told ? [this.told[name], how] : how;
      return this.answer();
    });
  }

  items(...names: string[]): Message[] {
    return names.map((name) => this.item(name));
  }
}

class Message implements Acknowledgeable {
  readonly name: string;
  readonly size: number;
  readonly #tell: (how: unknown) => unknown;

  constructor(name: string, size: number, tell: (how: unknown) => unknown) {
    this.name = name;
    this.size = size;
    this.#tell = tell;
  }

  acknowledge(): unknown {
    return this.#tell("delivered");
  }

  reject(rejection: Rejection): unknown {
    return this.#tell(rejection);
  }
}

function setUp(options: Partial<DispatcherOptions<Message>> = {}) {
  const ledger = new Ledger();
  const dispatcher = new Dispatcher<Message>({
    send: () => {},
    batch: { maxItems: 1 },
    retry: noRetry(),
    onDrop: () => {},
    ...options,
  });
  return { ledger, told: ledger.told, dispatcher };
}

const hang = () => new Promise<never>(() => {});
const heed = (_: unknown, { signal }: { readonly signal: AbortSignal }) =>
  new Promise<never>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

describe("items of a source that want to know how they ended", () => {
  it("hear of their delivery, when their send has succeeded and not before", async () => {
    let succeed = (): void => {};
    const { ledger, told, dispatcher } = setUp({ send: () => new Promise<void>((resolve) => (succeed = resolve)) });
    await dispatcher.consume(ledger.items("a"));
    await turn();
    expect(told).toEqual({});
    succeed();
    await turn();
    expect(told).toEqual({ a: "delivered" });
  });

  it("hear of it one by one when keep() lets them go", async () => {
    const { ledger, told, dispatcher } = setUp({
      batch: { maxItems: 3 },
      send(batch) {
        batch.keep(({ name }) => name !== "b");
        batch.reject(({ name }) => name === "c", "never");
        throw "later";
      },
    });
    await dispatcher.consume(ledger.items("a", "b", "c"));
    await dispatcher.drain();
    expect(told).toEqual({
      a: { reason: "retries-exhausted", error: "later", attempts: 1 },
      b: "delivered",
      c: { reason: "rejected", error: "never", attempts: 1 },
    });
  });

  it("hear that their size fits no batch", async () => {
    const { ledger, told, dispatcher } = setUp({ batch: { maxSize: 2, sizeOf: ({ size }) => size } });
    await dispatcher.consume([ledger.item("large", 3), ledger.item("small", 0), ledger.item("fit")]);
    await dispatcher.drain();
    expect(told).toMatchObject({ large: { reason: "too-large" }, small: { reason: "too-small" }, fit: "delivered" });
  });

  it("hear that everything was called off, wherever they were", async () => {
    const abort = new AbortController();
    const { ledger, told, dispatcher } = setUp({
      signal: abort.signal,
      send: heed,
      maxConcurrency: 1,
      overflow: blockNewItems({ maxItems: 2 }),
    });
    const consumed = follow(dispatcher.consume(ledger.items("sent", "buffered", "in line", "in the source")));
    await turn();
    abort.abort("enough");
    await dispatcher.drained;
    expect(told).toEqual({
      sent: { reason: "aborted", error: "enough", attempts: 1 },
      buffered: { reason: "aborted", error: "enough", attempts: 0 },
      "in line": { reason: "aborted", error: expect.any(Error) as Error, attempts: 0 },
    });
    await turn();
    expect(consumed.state).toBe("rejected");
  });

  it("hear that the consuming was called off while they waited for room", async () => {
    const abort = new AbortController();
    const { ledger, told, dispatcher } = setUp({ send: hang, overflow: blockNewItems({ maxItems: 1 }) });
    const consumed = follow(dispatcher.consume(ledger.items("a", "b"), { signal: abort.signal }));
    await turn();
    abort.abort("enough");
    await turn();
    expect(told).toEqual({ b: { reason: "aborted", error: "enough", attempts: 0 } });
    expect(consumed.error).toBe("enough");
  });

  it("hear of it when they left their source too late", async () => {
    const { ledger, told, dispatcher } = setUp();
    let give: (result: IteratorResult<Message>) => void = () => {};
    const next = () => new Promise<IteratorResult<Message>>((resolve) => (give = resolve));
    const consumed = follow(dispatcher.consume({ [Symbol.asyncIterator]: () => ({ next }) }));
    await dispatcher.drain();
    give({ done: false, value: ledger.item("late") });
    await turn();
    expect(told).toEqual({ late: { reason: "aborted", error: consumed.error, attempts: 0 } });
  });

  it("hear of an error of sizeOf, which ends the consuming", async () => {
    const { ledger, told, dispatcher } = setUp({
      batch: {
        sizeOf: () => {
          throw new Error("size");
        },
      },
    });
    await expect(dispatcher.consume(ledger.items("a", "b"))).rejects.toThrow("size");
    expect(told).toEqual({ a: { reason: "aborted", error: new Error("size"), attempts: 0 } });
  });

  it("hear of the deadline in a send that was abandoned, for it may not have arrived", async () => {
    const { ledger, told, dispatcher } = setUp({ send: hang });
    await dispatcher.consume(ledger.items("a"));
    const drained = follow(dispatcher.drain({ timeoutMs: 10 }));
    await vi.advanceTimersByTimeAsync(10);
    vi.useRealTimers();
    await dispatcher.drained;
    expect(drained.value).toMatchObject({ abandoned: 1 });
    expect(told).toEqual({ a: { reason: "aborted", error: expect.any(DOMException) as Error, attempts: 1 } });
  });

  it("are told nothing when somebody pushed them by hand", async () => {
    const { ledger, told, dispatcher } = setUp();
    dispatcher.tryPush(ledger.item("a"));
    await dispatcher.push(ledger.item("b"));
    await dispatcher.deliver(ledger.item("c"));
    await dispatcher.drain();
    expect(told).toEqual({});
  });

  it("are waited for by drain, which is over once all answers are there", async () => {
    const { ledger, dispatcher } = setUp();
    let answer = (): void => {};
    ledger.answer = () => new Promise<void>((resolve) => (answer = resolve));
    await dispatcher.consume(ledger.items("a"));
    const drained = follow(dispatcher.drain());
    await turn();
    expect([drained.state, dispatcher.state]).toEqual(["pending", "closing"]);
    answer();
    await turn();
    expect([drained.state, dispatcher.state]).toEqual(["resolved", "drained"]);
  });

  it("are waited for until the deadline of drain, if they never answer", async () => {
    const { ledger, dispatcher } = setUp();
    ledger.answer = hang;
    await dispatcher.consume(ledger.items("a"));
    const drained = follow(dispatcher.drain({ timeoutMs: 10 }));
    await vi.advanceTimersByTimeAsync(9);
    expect(drained.state).toBe("pending");
    await vi.advanceTimersByTimeAsync(1);
    vi.useRealTimers();
    expect(await dispatcher.drained).toMatchObject({ accepted: 1, delivered: 1, abandoned: 0 });
  });
});
