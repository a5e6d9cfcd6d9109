import { describe, expect, it, vi } from "vitest";
import { WaitQueue } from "./wait-queue.ts";

async function settled(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => ({ value }),
    (reason: unknown) => ({ reason }),
  );
}

describe("WaitQueue", () => {
  it("serves whom its owner picks, the front first", async () => {
    const line = new WaitQueue<string, number>();
    const order: string[] = [];
    for (const data of [1, 2, 3]) void line.wait(data).then((value) => order.push(`${data}${value}`));
    expect(line.size).toBe(3);
    while (line.front !== undefined) line.front.resolve(`got ${line.front.data}`);
    expect(line.size).toBe(0);
    await Promise.resolve();
    expect(order).toEqual(["1got 1", "2got 2", "3got 3"]);
  });

  it("needs no data unless its type says so", async () => {
    const line = new WaitQueue();
    const waiting = line.wait();
    const waiter = line.front!;
    expect(waiter.data).toBeUndefined();
    waiter.resolve();
    await waiting;
    expect(line.size).toBe(0);
  });

  it("rejects one waiter and leaves the others in line", async () => {
    const line = new WaitQueue<number>();
    const first = settled(line.wait());
    const second = settled(line.wait());
    line.front?.reject("no");
    expect(line.size).toBe(1);
    line.front?.resolve(2);
    expect(await Promise.all([first, second])).toEqual([{ reason: "no" }, { value: 2 }]);
  });

  it("does nothing when a waiter is settled a second time", async () => {
    const line = new WaitQueue<number>();
    const first = settled(line.wait());
    const second = settled(line.wait());
    const waiter = line.front!;
    waiter.resolve(1);
    waiter.resolve(9);
    waiter.reject("late");
    expect(line.size).toBe(1);
    line.front?.resolve(2);
    expect(await Promise.all([first, second])).toEqual([{ value: 1 }, { value: 2 }]);
  });

  it("shows who came last, and whether somebody still waits", async () => {
    const line = new WaitQueue<void, string>();
    expect(line.back).toBeUndefined();
    const first = line.wait("a");
    const waiter = line.back;
    const second = line.wait("b");
    expect([line.front, line.back?.data]).toEqual([waiter, "b"]);
    expect(waiter?.isWaiting).toBe(true);
    waiter?.resolve();
    expect(waiter?.isWaiting).toBe(false);
    line.back?.resolve();
    await Promise.all([first, second]);
    expect(line.size).toBe(0);
  });

  it.each([0, 1, 2])("closes the gap when waiter %i of three leaves by its signal", async (leaver) => {
    const left: number[] = [];
    const line = new WaitQueue<void, number>({ onAbort: (data) => left.push(data, line.size) });
    const controllers = [0, 1, 2].map(() => new AbortController());
    const waits = controllers.map(({ signal }, data) => settled(line.wait(data, { signal })));
    controllers[leaver]?.abort("gone");
    expect(await waits[leaver]).toEqual({ reason: "gone" });
    expect(left).toEqual([leaver, 2]);
    const rest = [];
    for (let waiter = line.front; waiter !== undefined; waiter = line.front) {
      rest.push(waiter.data);
      waiter.resolve();
    }
    expect(rest).toEqual([0, 1, 2].filter((data) => data !== leaver));
    const late = line.wait(9);
    expect(line.front?.data).toBe(9);
    line.resolveAll();
    await late;
  });

  it("rejects before queueing when the signal is aborted already", async () => {
    const onAbort = vi.fn();
    const line = new WaitQueue({ onAbort });
    const waiting = settled(line.wait(undefined, { signal: AbortSignal.abort("never mind") }));
    expect(line.size).toBe(0);
    expect(await waiting).toEqual({ reason: "never mind" });
    expect(onAbort).not.toHaveBeenCalled();
  });

  it("removes its listener from the signal when a waiter settles", async () => {
    const line = new WaitQueue<number>();
    const controller = new AbortController();
    const added = vi.spyOn(controller.signal, "addEventListener");
    const removed = vi.spyOn(controller.signal, "removeEventListener");
    const waits = [1, 2].map(() => settled(line.wait(undefined, { signal: controller.signal })));
    line.front?.resolve(1);
    line.front?.reject("no");
    expect(await Promise.all(waits)).toEqual([{ value: 1 }, { reason: "no" }]);
    expect(removed.mock.calls.map(([, listener]) => listener)).toEqual(
      added.mock.calls.map(([, listener]) => listener),
    );
    controller.abort();
    expect(line.size).toBe(0);
  });

  it("serves only those present when all are served", async () => {
    const line = new WaitQueue<unknown, string>();
    // A thenable runs code of its own while it is being resolved.
    const joiner = {
      get then() {
        void line.wait("late");
        return undefined;
      },
    };
    const waits = [line.wait("a"), line.wait("b")];
    line.resolveAll(joiner);
    expect(line.size).toBe(2);
    expect(line.front?.data).toBe("late");
    expect(await Promise.all(waits)).toEqual([joiner, joiner]);
  });

  it("rejects all who wait, in their order", async () => {
    const line = new WaitQueue<void, number>();
    const order: unknown[] = [];
    const waits = [1, 2].map((data) => line.wait(data).catch((reason: unknown) => order.push(data, reason)));
    line.rejectAll("closed");
    line.rejectAll("again");
    await Promise.all(waits);
    expect(order).toEqual([1, "closed", 2, "closed"]);
  });

  it("refuses what is no signal and what is no function", () => {
    expect(() => new WaitQueue().wait(undefined, { signal: {} as never })).toThrow(
      "Cannot wait: signal must be an AbortSignal, got an object",
    );
    expect(() => new WaitQueue().wait(undefined, { signal: null as never })).toThrow(
      "Cannot wait: signal must be an AbortSignal, got null",
    );
    expect(() => new WaitQueue({ onAbort: 1 as never })).toThrow(TypeError);
    expect(() => new WaitQueue({ onAbort: null as never })).toThrow(
      "Cannot create a WaitQueue: onAbort must be a function, got null",
    );
  });

  it.each([
    [null, "null"],
    [100, "100"],
    [AbortSignal.abort(), "an instance of AbortSignal"],
    [{ timeoutMs: 5 }, 'an object with "timeoutMs"'],
  ])("refuses what are no options of a wait: %s", (options, printed) => {
    const line = new WaitQueue();
    expect(() => line.wait(undefined, options as never)).toThrow(
      new TypeError(`Cannot wait: options must be an object with only signal, got ${printed}`),
    );
    expect(line.size).toBe(0);
  });

  it.each([
    [null, "null"],
    [{ onAborted: () => {} }, 'an object with "onAborted"'],
  ])("refuses what are no options of its own: %s", (options, printed) => {
    expect(() => new WaitQueue(options as never)).toThrow(
      new TypeError(`Cannot create a WaitQueue: options must be an object with only onAbort, got ${printed}`),
    );
  });
});
