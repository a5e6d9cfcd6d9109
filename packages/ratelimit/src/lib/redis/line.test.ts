import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { follow, ManualBuckets } from "../../../test/manual-buckets.ts";
import { RateLimitExceededError } from "../errors.ts";
import { Line, type LineOwner } from "./line.ts";
import { Timetable } from "./timetable.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  // Whoever asks again does so at the very time.
  vi.spyOn(Math, "random").mockReturnValue(0);
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A line at a limit of ten a second. */
function setUp() {
  const buckets = new ManualBuckets({ ratePerSecond: 10, burst: 10 });
  const log: string[] = [];
  const owner: LineOwner = {
    buckets,
    timetable: new Timetable(),
    handleIdle: () => log.push("idle"),
    handleSurplus: (_, tokens, { tickets }) => log.push(`surplus of ${tokens}, ${tickets?.join()}`),
  };
  const line = new Line("key", owner);
  const join = (n: number, maxWaitMs = Infinity, signal?: AbortSignal) => follow(line.join(n, maxWaitMs, signal));
  return { buckets, line, log, join };
}

const turn = () => vi.advanceTimersByTimeAsync(0);

describe("a line", () => {
  it("asks once for all who come in one turn and want the same, and for the others when it is their turn", async () => {
    const { buckets, join, log } = setUp();
    const waits = [1, 1, 1, 2, 2, 1].map((n) => join(n));
    await turn();
    expect(buckets.asked).toEqual(["1 x 3"]);
    buckets.answer(3, 7);
    await turn();
    expect(waits.map(({ at }) => at)).toEqual([0, 0, 0, undefined, undefined, undefined]);
    expect(buckets.asked).toEqual(["2 x 2"]);
    buckets.answer(2, 3);
    await turn();
    expect(buckets.asked).toEqual(["1 x 1"]);
    buckets.answer(1, 2);
    await turn();
    expect(waits.every(({ at }) => at === 0)).toBe(true);
    expect([log, vi.getTimerCount()]).toEqual([["idle"], 0]);
  });

  it("asks again when the tokens of the first are due, and lets nobody pass it", async () => {
    const { buckets, join } = setUp();
    const [large, small] = [join(5), join(1)];
    await turn();
    buckets.answer(0, 2);
    await vi.advanceTimersByTimeAsync(299);
    expect(buckets.asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(buckets.asked).toEqual(["5 x 1"]);
    buckets.answer(1, 0);
    await turn();
    expect([large.at, small.at]).toEqual([300, undefined]);
    expect(buckets.asked).toEqual(["1 x 1"]);
    buckets.answer(0, 0);
    await vi.advanceTimersByTimeAsync(100);
    buckets.answer(1, 0);
    await turn();
    expect(small.at).toBe(400);
  });

  it("knows how long those behind it have to wait, once somebody has to", async () => {
    const { buckets, line, join } = setUp();
    join(2);
    join(3);
    await turn();
    expect(line.delayMsBehind(1, 0)).toBeUndefined();
    buckets.answer(0, 1);
    expect(line.delayMsBehind(1, 0)).toBe(500);
    expect(line.delayMsBehind(1, 200)).toBe(300);
  });

  it("asks for no more than a thousand at once, so that a long line costs no time at each question", async () => {
    const { buckets, join } = setUp();
    for (let index = 0; index < 3_000; index += 1) join(1);
    await turn();
    expect(buckets.asked).toEqual(["1 x 1024"]);
    buckets.answer(1_024, 0);
    await turn();
    expect(buckets.asked).toEqual(["1 x 1024"]);
  });

  it("turns everybody away when it cannot be found out, and takes newcomers again", async () => {
    const { buckets, join, log } = setUp();
    const waits = [join(1), join(2)];
    await turn();
    buckets.fail("away");
    await turn();
    expect(waits.map(({ error }) => error)).toEqual(["away", "away"]);
    expect(log).toEqual(["idle"]);
    join(1);
    await turn();
    expect(buckets.asked).toEqual(["1 x 1"]);
  });

  it("serves from elsewhere in order, and asks for what is left of it", async () => {
    const { buckets, line, join, log } = setUp();
    const waits = [join(2), join(1), join(4)];
    await turn();
    buckets.answer(0, 0);
    let purse = 5;
    line.serve((n) => n <= purse && ((purse -= n), true));
    await turn();
    expect([waits.map(({ at }) => at), purse]).toEqual([[0, 0, undefined], 2]);
    await vi.advanceTimersByTimeAsync(400);
    expect(buckets.asked).toEqual(["4 x 1"]);
    buckets.answer(1, 0);
    await turn();
    expect([waits[2]?.at, log]).toEqual([400, ["idle"]]);
  });
});

describe("an abort", () => {
  it("takes nothing: what was on its way serves others, and the rest goes back", async () => {
    const { buckets, join, log } = setUp();
    const controllers = [1, 1, 1, 1].map(() => new AbortController());
    const waits = controllers.map(({ signal }) => join(1, Infinity, signal));
    await turn();
    for (const index of [0, 2, 3]) controllers[index]?.abort(`bye ${index}`);
    const late = join(1);
    buckets.answer(4, 6);
    await turn();
    expect(waits.map(({ error }) => error)).toEqual(["bye 0", undefined, "bye 2", "bye 3"]);
    expect([waits[1]?.at, late.at]).toEqual([0, 0]);
    expect(log).toEqual(["surplus of 2, ticket", "idle"]);
  });

  it("of the first lets the next one go as soon as it can", async () => {
    const { buckets, join } = setUp();
    const controller = new AbortController();
    join(10, Infinity, controller.signal);
    join(1);
    await turn();
    buckets.answer(0, 0.5);
    await vi.advanceTimersByTimeAsync(10);
    controller.abort();
    await vi.advanceTimersByTimeAsync(39);
    expect(buckets.asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(buckets.asked).toEqual(["1 x 1"]);
  });

  it("of the last leaves no timer", async () => {
    const { buckets, join, log } = setUp();
    const controller = new AbortController();
    const wait = join(1, Infinity, controller.signal);
    await turn();
    buckets.answer(0, 0);
    expect(vi.getTimerCount()).toBe(1);
    controller.abort("bye");
    await turn();
    expect([wait.error, vi.getTimerCount(), log]).toEqual(["bye", 0, ["idle"]]);
  });

  it("before the question is on its way asks nothing", async () => {
    const { buckets, join, log } = setUp();
    const controller = new AbortController();
    join(1, Infinity, controller.signal);
    controller.abort();
    await turn();
    expect([buckets.asked, log]).toEqual([[], ["idle"]]);
  });
});

describe("maxWaitMs", () => {
  it("turns away who cannot be served in time as soon as that is known, those ahead counted", async () => {
    const { buckets, join } = setUp();
    const waits = [join(3, 400), join(2, 400), join(1, 400), join(1)];
    await turn();
    buckets.answer(0, 0);
    await turn();
    expect(waits.map(({ error }) => (error as RateLimitExceededError | undefined)?.waitMs)).toEqual([
      undefined,
      500,
      undefined,
      undefined,
    ]);
    expect((waits[1]?.error as Error).message).toBe(
      "Cannot wait: 2 tokens must be available within 400 ms (maxWaitMs), got a wait of 500 ms",
    );
  });

  it("turns newcomers away at once while it is known", async () => {
    const { buckets, join } = setUp();
    join(3);
    await turn();
    buckets.answer(0, 0);
    await vi.advanceTimersByTimeAsync(100);
    const [early, late] = [join(1, 300), join(1, 299)];
    await turn();
    expect([early.at, late.at]).toEqual([undefined, 100]);
    expect(late.error).toMatchObject({ name: "RateLimitExceededError", n: 1, waitMs: 400 });
  });

  it("ends when it is over, though the tokens went to others meanwhile", async () => {
    const { buckets, join } = setUp();
    const wait = join(1, 250);
    await turn();
    for (let time = 0; time < 2; time += 1) {
      buckets.answer(0, 0);
      await vi.advanceTimersByTimeAsync(100);
    }
    buckets.answer(0, 0);
    await vi.advanceTimersByTimeAsync(50);
    expect(wait).toEqual({ at: 250, error: expect.any(RateLimitExceededError) as unknown });
    expect(wait.error).toMatchObject({ waitMs: 300 });
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not count the time that an answer takes which brings the tokens", async () => {
    const { buckets, join } = setUp();
    const waits = [join(1, 0), join(1, 0), join(2, 10)];
    await vi.advanceTimersByTimeAsync(50);
    expect(waits.map(({ at }) => at)).toEqual([undefined, undefined, undefined]);
    buckets.answer(1, 0.5);
    await turn();
    expect(waits.map(({ at }) => at)).toEqual([50, 50, 50]);
    expect(waits.map(({ error }) => (error as RateLimitExceededError | undefined)?.waitMs)).toEqual([
      undefined,
      100,
      200,
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("to be turned away", () => {
  it("settles all, and is over once the question on its way is answered and its tokens go back", async () => {
    const { buckets, line, join, log } = setUp();
    const waits = [join(1), join(2)];
    await turn();
    const over = follow(line.turnAway("closed"));
    await turn();
    expect([waits.map(({ error }) => error), over.at]).toEqual([["closed", "closed"], undefined]);
    buckets.answer(1, 9);
    await turn();
    expect([over.at, log]).toEqual([0, ["surplus of 1, ticket", "idle"]]);
  });

  it("is over at once when no question is on its way, or was sent", async () => {
    for (const isBlocked of [true, false]) {
      const { buckets, line, join } = setUp();
      join(1);
      if (isBlocked) {
        await turn();
        buckets.answer(0, 0);
      }
      const over = follow(line.turnAway("closed"));
      await turn();
      expect([over.at, vi.getTimerCount()]).toEqual([0, 0]);
    }
  });
});
