import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { follow, ManualBuckets } from "../../../test/manual-buckets.ts";
import { Gate } from "./gate.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** A gate at a limit of ten a second. */
function setUp() {
  const buckets = new ManualBuckets({ ratePerSecond: 10, burst: 10 });
  return { buckets, gate: new Gate(buckets, buckets.limits) };
}

const turn = () => vi.advanceTimersByTimeAsync(0);

describe("a gate", () => {
  it("asks the buckets, each question by itself", async () => {
    const { buckets, gate } = setUp();
    const [allowed, checked, peeked] = [gate.allow("a", 2), gate.check("b", 3), gate.peek("c")];
    expect(buckets.questions.map(({ key, n }) => [key, n])).toEqual([
      ["a", 2],
      ["b", 3],
      ["c", 0],
    ]);
    buckets.answer(1, 8);
    buckets.answer(0, 2);
    buckets.answer(0, 7);
    expect([await allowed, await checked, await peeked]).toEqual([
      true,
      { allowed: false, retryAfterMs: 100, remaining: 2 },
      7,
    ]);
  });

  it("keeps lines apart by key, and forgets a key when nobody waits for it", async () => {
    const { buckets, gate } = setUp();
    const [ann, bob] = [follow(gate.wait("ann", 1)), follow(gate.wait("bob", 1))];
    await turn();
    buckets.answer(0, 0);
    buckets.answer(1, 9);
    await turn();
    expect([ann.at, bob.at, gate.hasLines]).toEqual([undefined, 0, true]);
    await vi.advanceTimersByTimeAsync(102);
    buckets.answer(1, 0);
    await turn();
    expect(gate.hasLines).toBe(false);
  });

  it("lets nobody pass those who are known to wait, without asking", async () => {
    const { buckets, gate } = setUp();
    void gate.wait("ann", 4);
    await turn();
    buckets.answer(0, 3);
    expect(await gate.allow("ann", 1)).toBe(false);
    expect(await gate.check("ann", 1)).toEqual({ allowed: false, retryAfterMs: 200, remaining: 0 });
    expect(buckets.questions).toEqual([]);
    void gate.allow("bob", 1);
    expect(buckets.questions).toHaveLength(1);
  });

  it("lets nobody pass those who had to wait while they ask again", async () => {
    const { buckets, gate } = setUp();
    void gate.wait("ann", 4);
    void gate.wait("ann", 5);
    await turn();
    buckets.answer(0, 3);
    await vi.advanceTimersByTimeAsync(102);
    expect(buckets.asked).toEqual(["4 x 1"]);
    expect(await gate.allow("ann", 1)).toBe(false);
    expect(await gate.check("ann", 1)).toMatchObject({ allowed: false, remaining: 0 });
    // The first has its tokens, and the second one is asked for.
    buckets.answer(1, 3);
    expect(await gate.allow("ann", 1)).toBe(false);
    await turn();
    expect(buckets.asked).toEqual(["5 x 1"]);
    expect(await gate.allow("ann", 1)).toBe(false);
    buckets.answer(1, 0);
    void gate.allow("ann", 1);
    expect(buckets.asked).toEqual(["1 x 1"]);
  });

  it("turns away at once who can never be let through, without asking", async () => {
    const { buckets, gate } = setUp();
    await expect(gate.wait("a", 11)).rejects.toMatchObject({
      code: "DISP_RATE_LIMIT_EXCEEDED",
      n: 11,
      waitMs: Infinity,
      message: "Cannot wait: n must be at most the burst of 10, got 11",
    });
    expect([buckets.questions, gate.hasLines]).toEqual([[], false]);
    expect(await gate.allow("a", Number.MAX_VALUE)).toBe(false);
    expect(buckets.questions).toEqual([]);
    // Only how many there are has to be asked for.
    const checked = gate.check("a", Number.MAX_VALUE);
    expect(buckets.asked).toEqual(["0 x 1"]);
    buckets.answer(0, 4);
    expect(await checked).toEqual({ allowed: false, retryAfterMs: Infinity, remaining: 4 });
  });

  it("rejects what is wrong, and asks nothing", async () => {
    const { buckets, gate } = setUp();
    const calls = [
      gate.allow("a", 0),
      gate.check("a", NaN),
      gate.allow(7 as never, 1),
      gate.peek(undefined as never),
      gate.wait("a", -1),
      gate.wait("a", 1, { maxWaitMs: -1 }),
      gate.wait("a", 1, { signal: {} as never }),
      gate.wait("a", 1, null as never),
      gate.wait("a", 1, new AbortController().signal as never),
      gate.wait("a", 1, { signal: AbortSignal.abort("too late") }),
    ];
    const errors = (await Promise.allSettled(calls)).map((result) => String((result as PromiseRejectedResult).reason));
    expect(errors).toEqual([
      "RangeError: Cannot allow: n must be a number > 0, got 0",
      "RangeError: Cannot check: n must be a number > 0, got NaN",
      "TypeError: Cannot allow: key must be a string, got 7",
      "TypeError: Cannot peek: key must be a string, got undefined",
      "RangeError: Cannot wait: n must be a number > 0, got -1",
      "RangeError: Cannot wait: maxWaitMs must be a number >= 0 or Infinity, got -1",
      "TypeError: Cannot wait: signal must be an AbortSignal, got an object",
      "TypeError: Cannot wait: options must be an object with only signal, maxWaitMs, got null",
      "TypeError: Cannot wait: options must be an object with only signal, maxWaitMs, got an instance of AbortSignal",
      "too late",
    ]);
    expect([buckets.questions, gate.hasLines]).toEqual([[], false]);
  });
});

describe("a gate that is closed", () => {
  it("turns away all who wait and all who come, and waits for what goes back", async () => {
    const { buckets, gate } = setUp();
    const [blocked, asking] = [follow(gate.wait("a", 1)), follow(gate.wait("b", 1))];
    await turn();
    buckets.answer(0, 0);
    const closed = follow(gate.close());
    const again = follow(gate.close());
    await turn();
    expect([blocked.error, asking.error]).toEqual([
      expect.objectContaining({ code: "DISP_RATE_LIMITER_CLOSED", action: "wait" }),
      expect.objectContaining({ code: "DISP_RATE_LIMITER_CLOSED" }),
    ]);
    expect(closed.at).toBeUndefined();
    buckets.answer(1, 9);
    await turn();
    expect([closed.at, again.at, buckets.givenBack]).toEqual([0, 0, [["b", 1, "ticket"]]]);
    for (const call of [gate.allow("a", 1), gate.check("a", 1), gate.peek("a"), gate.wait("a", 1)]) {
      await expect(call).rejects.toMatchObject({ name: "RateLimiterClosedError" });
    }
    expect([buckets.questions, vi.getTimerCount()]).toEqual([[], 0]);
  });
});
