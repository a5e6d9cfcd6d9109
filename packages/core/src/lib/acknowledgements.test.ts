import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listenForUncaught } from "../../../../tooling/observe.ts";
import { Acknowledgements } from "./acknowledgements.ts";

let uncaught: ReturnType<typeof listenForUncaught>;

beforeEach(() => {
  uncaught = listenForUncaught();
});

afterEach(async () => {
  expect(await uncaught.stop()).toEqual([]);
});

/** An item that answers what it is told to. */
function item(answer: () => unknown = () => undefined) {
  return { acknowledge: vi.fn(answer), reject: vi.fn(answer) };
}

function pending() {
  let resolve: () => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<void>((onDone, onFail) => {
    resolve = onDone;
    reject = onFail;
  });
  return { promise, resolve, reject };
}

describe("acknowledgements", () => {
  it.each([
    undefined,
    null,
    0,
    "a",
    () => {},
    {},
    { acknowledge() {} },
    { reject() {} },
    { acknowledge: 1, reject: 2 },
  ])("are not for an item that lacks one of both methods: %s", (other) => {
    expect(new Acknowledgements(() => {}).receiptFor(other)).toBeUndefined();
  });

  it("tell the item that it was delivered, as its own method and with nothing else", () => {
    const it = item();
    new Acknowledgements(() => {}).receiptFor(it)?.delivered();
    expect([it.acknowledge.mock.calls, it.acknowledge.mock.contexts]).toEqual([[[]], [it]]);
    expect(it.reject).not.toHaveBeenCalled();
  });

  it("tell the item why it was given up", () => {
    const it = item();
    const receipt = new Acknowledgements(() => {}).receiptFor(it);
    receipt?.dropped({ items: [it], reason: "rejected", error: 7, attempts: 3, batchId: 1 });
    receipt?.dropped({ items: [it], reason: "overflow", attempts: 0 });
    receipt?.refused("closed");
    expect(it.reject.mock.calls).toEqual([
      [{ reason: "rejected", error: 7, attempts: 3 }],
      [{ reason: "overflow", attempts: 0 }],
      [{ reason: "aborted", error: "closed", attempts: 0 }],
    ]);
  });

  it("wait for promises, and for one that many items share once", async () => {
    const onAnswered = vi.fn();
    const all = new Acknowledgements(onAnswered);
    const [first, second] = [pending(), pending()];
    const shared = item(() => first.promise);
    for (let n = 0; n < 3; n += 1) all.receiptFor(shared)?.delivered();
    all.receiptFor(item(() => second.promise))?.delivered();
    expect(all.isWaiting).toBe(true);
    first.resolve();
    await first.promise;
    expect([all.isWaiting, onAnswered.mock.calls.length]).toEqual([true, 0]);
    second.resolve();
    await second.promise;
    expect([all.isWaiting, onAnswered.mock.calls.length]).toEqual([false, 1]);
  });

  it("do not wait for anything else", () => {
    const all = new Acknowledgements(() => {});
    for (const answer of [undefined, null, 0, "later", {}]) all.receiptFor(item(() => answer))?.delivered();
    expect(all.isWaiting).toBe(false);
  });

  it("wait no longer when they are told so", () => {
    const all = new Acknowledgements(() => {});
    all.receiptFor(item(() => pending().promise))?.delivered();
    all.waitNoLonger();
    all.receiptFor(item(() => pending().promise))?.delivered();
    expect(all.isWaiting).toBe(false);
  });

  it("report what an item throws or rejects with, once, and go on", async () => {
    const onAnswered = vi.fn();
    const all = new Acknowledgements(onAnswered);
    const failing = pending();
    for (let n = 0; n < 2; n += 1) all.receiptFor(item(() => failing.promise))?.delivered();
    const throwing = item(() => {
      throw new Error("thrown");
    });
    all.receiptFor(throwing)?.delivered();
    all.receiptFor(throwing)?.refused("closed");
    failing.reject(new Error("rejected"));
    await expect(uncaught.stop()).resolves.toEqual(["thrown", "thrown", "rejected"].map((text) => new Error(text)));
    expect([all.isWaiting, onAnswered.mock.calls.length]).toEqual([false, 1]);
    uncaught = listenForUncaught();
  });
});
