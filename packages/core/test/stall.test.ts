import { blockNewItems, Dispatcher } from "@disp/core";
import { describe, expect, it } from "vitest";

function standStill(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until; ) continue;
}

describe("a Dispatcher, when the event loop stands still", () => {
  it("does not time out a send that has settled", async () => {
    const sent: number[] = [];
    const dispatcher = new Dispatcher<number>({
      batch: { maxItems: 1 },
      maxConcurrency: 4,
      sendTimeoutMs: 10,
      send({ items: [item = 0] }) {
        sent.push(item);
        // Done at once: what comes next in the loop is a look at all, before the answer of the next one is heard.
        if (item === 0) return undefined;
        if (item === 2) standStill(30);
        return Promise.resolve();
      },
    });
    for (const item of [0, 1, 2]) dispatcher.tryPush(item);
    expect(await dispatcher.drain()).toMatchObject({ delivered: 3 });
    expect(dispatcher.stats().failures).toBe(0);
    expect(sent).toEqual([0, 1, 2]);
  });

  it("does not time out a send whose answer has arrived meanwhile", async () => {
    let sends = 0;
    const dispatcher = new Dispatcher<number>({
      sendTimeoutMs: 10,
      send() {
        sends += 1;
        // Immediates come after timers, like answers from sockets.
        return new Promise<void>((resolve) => setImmediate(resolve));
      },
    });
    // From here on, timers come before immediates.
    await new Promise((resolve) => setImmediate(resolve));
    dispatcher.tryPush(1);
    const flushed = dispatcher.flush();
    while (sends === 0) await Promise.resolve();
    standStill(30);
    await flushed;
    expect(await dispatcher.drain()).toMatchObject({ delivered: 1 });
    expect(dispatcher.stats().failures).toBe(0);
    expect(sends).toBe(1);
  });

  it("times out a send that has no answer afterwards either", async () => {
    const dispatcher = new Dispatcher<number>({
      sendTimeoutMs: 10,
      retry: { nextDelayMs: () => undefined },
      onDrop: () => {},
      send: (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
    });
    dispatcher.tryPush(1);
    const flushed = dispatcher.flush();
    await Promise.resolve();
    standStill(30);
    await flushed;
    expect(await dispatcher.drain()).toMatchObject({ delivered: 0 });
    expect(dispatcher.stats().failures).toBe(1);
  });
});

it("lets those who wait for room in without waiting for a timer", async () => {
  let sends = 0;
  const dispatcher = new Dispatcher<number>({
    batch: { maxItems: 10 },
    overflow: blockNewItems({ maxItems: 10 }),
    send: () => {
      sends += 1;
      return Promise.resolve();
    },
  });
  const pushes = Array.from({ length: 1_000 }, (_, item) => dispatcher.push(item));
  let timers = 0;
  const setTimeoutBefore = globalThis.setTimeout;
  globalThis.setTimeout = ((...args: Parameters<typeof setTimeout>) => {
    timers += 1;
    return setTimeoutBefore(...args);
  }) as typeof setTimeout;
  await Promise.all(pushes);
  globalThis.setTimeout = setTimeoutBefore;
  await dispatcher.drain();
  expect(sends).toBe(100);
  // The last batch is full as well: nothing ever has to grow older.
  expect(timers).toBeLessThan(5);
});
