import { dropOldestBatch } from "@disp/buffer";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Dispatcher } from "../src/lib/dispatcher.ts";
import { listenForUncaught, turn } from "../../../tooling/observe.ts";

// Limiters are other people's code: slow, deaf or broken, they may delay sends and must not stop them for good.

let uncaught: ReturnType<typeof listenForUncaught>;

beforeEach(() => {
  vi.useFakeTimers();
  uncaught = listenForUncaught();
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  expect(await uncaught.stop()).toEqual([]);
});

interface Ask {
  readonly grant: () => void;
  readonly refuse: (error: unknown) => void;
  readonly signal: AbortSignal | undefined;
}

/** A limiter that answers by hand; `heeds` = it gives up at once when its signal is aborted. */
function manualLimiter({ heeds }: { readonly heeds: boolean }) {
  const asks: Ask[] = [];
  const wait = (_count?: number, options: { readonly signal?: AbortSignal | undefined } = {}) =>
    new Promise<void>((grant, refuse) => {
      const { signal } = options;
      asks.push({ grant, refuse, signal });
      if (heeds) signal?.addEventListener("abort", () => refuse(signal.reason));
    });
  return { asks, limiter: { wait } };
}

function setUp(heeds: boolean) {
  const { asks, limiter } = manualLimiter({ heeds });
  const sent: (readonly string[])[] = [];
  const dispatcher = new Dispatcher<string>({
    send: ({ items }) => void sent.push(items),
    batch: { maxItems: 2, maxAgeMs: Infinity },
    overflow: dropOldestBatch({ maxItems: 2 }),
    onDrop: () => {},
    rateLimit: limiter,
  });
  return { asks, dispatcher, sent };
}

describe("a limiter that answers later", () => {
  it.each([
    ["heeds", true],
    ["ignores", false],
  ])("and %s its signal is asked again for what became ready since the wait was called off", async (_, heeds) => {
    const { asks, dispatcher, sent } = setUp(heeds);
    dispatcher.tryPush("a");
    dispatcher.tryPush("b");
    await turn();
    expect(asks).toHaveLength(1);
    // The newcomer takes the room of the ready batch, so there is nothing to send, and one step later there is.
    dispatcher.tryPush("c");
    await Promise.resolve();
    expect(asks[0]?.signal?.aborted).toBe(true);
    dispatcher.tryPush("d");
    await turn();
    expect(asks).toHaveLength(2);
    asks[1]?.grant();
    await turn();
    expect(sent).toEqual([["c", "d"]]);
  });

  it("and grants after it was called off gives a permit for the next send", async () => {
    const { asks, dispatcher, sent } = setUp(false);
    dispatcher.tryPush("a");
    dispatcher.tryPush("b");
    await turn();
    dispatcher.tryPush("c");
    await turn();
    asks[0]?.grant();
    await turn();
    dispatcher.tryPush("d");
    await turn();
    expect(sent).toEqual([["c", "d"]]);
    expect(asks).toHaveLength(1);
  });
});

describe("a limiter that throws in place of answering", () => {
  it("is asked again later, and what waits for it is sent", async () => {
    vi.spyOn(console, "warn").mockImplementation(() => {});
    let calls = 0;
    const reserve = () => {
      calls += 1;
      if (calls === 1) throw new Error("limiter");
      return { ok: true, delayMs: () => 0, cancel: () => {} };
    };
    const sent: (readonly string[])[] = [];
    const dispatcher = new Dispatcher<string>({
      send: ({ items }) => void sent.push(items),
      batch: { maxItems: 1 },
      rateLimit: { reserve },
    });
    dispatcher.tryPush("a");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toEqual([["a"]]);
    expect(calls).toBe(2);
  });
});
