import { afterThisTurn } from "@disp/turn";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { follow, ManualBuckets } from "../../../test/manual-buckets.ts";
import { Gate } from "./gate.ts";
import { Purse } from "./purse.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

/** A purse for ten tokens of a limit of a hundred a second, which are good for a second. */
function setUp() {
  const buckets = new ManualBuckets({ ratePerSecond: 100, burst: 100 });
  const gate = new Gate(buckets, buckets.limits);
  return { buckets, gate, purse: new Purse(gate, "key", 10, 1_000) };
}

const turn = () => new Promise<void>(afterThisTurn);

/** As a limiter does: what cannot be spent is asked for elsewhere, and more is asked for ahead. */
async function use(purse: Purse, n = 1): Promise<boolean> {
  const isSpent = purse.spend(n);
  if (!isSpent) purse.fill();
  await turn();
  return isSpent;
}

const spendAll = (purse: Purse, n = 1): number => {
  let spent = 0;
  while (purse.spend(n)) spent += 1;
  return spent;
};

describe("a purse", () => {
  it("is empty at first, asks when it is used, and is spent without asking", async () => {
    const { buckets, purse } = setUp();
    expect([await use(purse), buckets.asked]).toEqual([false, ["1 x 10"]]);
    buckets.answer(10, 90);
    for (let time = 0; time < 4; time += 1) expect(purse.spend(1)).toBe(true);
    expect([purse.left, buckets.asked]).toEqual([6, []]);
  });

  it("asks for more when half is spent, and never holds more than its tokens, those on their way included", async () => {
    const { buckets, purse } = setUp();
    await use(purse);
    buckets.answer(10, 90);
    await use(purse, 4);
    expect(buckets.asked).toEqual([]);
    await use(purse, 2);
    expect([purse.left, buckets.asked]).toEqual([4, ["1 x 6"]]);
    await use(purse);
    expect(buckets.asked).toEqual(["1 x 6"]);
    buckets.answer(6, 84);
    expect(purse.left).toBe(9);
    const spent = spendAll(purse);
    await turn();
    // Those that were spent until then may all come anew.
    expect([spent, buckets.asked]).toEqual([9, ["1 x 10"]]);
  });

  it("asks once for all that is spent in a turn, behind those who came to wait in it", async () => {
    const { buckets, gate, purse } = setUp();
    await use(purse);
    buckets.answer(10, 90);
    for (let spent = 0; spent < 10; spent += 1) {
      expect(purse.spend(1)).toBe(true);
      await Promise.resolve();
    }
    void gate.wait("key", 1);
    await turn();
    expect(buckets.asked).toEqual(["1 x 1", "1 x 10"]);
  });

  it("spends all or nothing, across what came at different times, fractions too", async () => {
    const { buckets, purse } = setUp();
    await use(purse);
    buckets.answer(10, 90);
    await use(purse, 7.5);
    buckets.answer(7, 83);
    expect([purse.spend(10), purse.spend(4), purse.left]).toEqual([false, true, 5]);
    expect([purse.spend(5.6), purse.spend(11), purse.spend(0), purse.spend(NaN)]).toEqual(Array(4).fill(false));
    expect([purse.spend(5.5), purse.left]).toEqual([true, 0]);
  });

  it("spends no token that is too old, not even late, and gives what is left of them back", async () => {
    const { buckets, purse } = setUp();
    await use(purse);
    // The time counts from before the question.
    vi.advanceTimersByTime(300);
    buckets.answer(10, 90);
    vi.advanceTimersByTime(699);
    expect(purse.spend(3)).toBe(true);
    vi.advanceTimersByTime(1);
    expect(buckets.givenBack).toEqual([["key", 7, "ticket"]]);
    expect([purse.left, await use(purse), vi.getTimerCount()]).toEqual([0, false, 0]);

    buckets.answer(10, 83);
    const late = performance.now() + 1_000;
    vi.spyOn(performance, "now").mockReturnValue(late);
    expect(purse.spend(1)).toBe(false);
    expect(buckets.givenBack[1]).toEqual(["key", 10, "ticket"]);
    vi.restoreAllMocks();
    await turn();
  });

  it("gives back at once what comes too late", async () => {
    const { buckets, purse } = setUp();
    await use(purse);
    vi.advanceTimersByTime(1_000);
    buckets.answer(10, 90);
    expect([purse.left, buckets.givenBack]).toEqual([0, [["key", 10, "ticket"]]]);
  });

  it("does not ask for every single token when there are few", async () => {
    const { buckets, purse } = setUp();
    await use(purse);
    buckets.answer(0, 0);
    expect([await use(purse), buckets.asked]).toEqual([false, []]);
    vi.advanceTimersByTime(49);
    expect([await use(purse), buckets.asked]).toEqual([false, []]);
    vi.advanceTimersByTime(1);
    expect([await use(purse), buckets.asked]).toEqual([false, ["1 x 10"]]);
  });

  it("does not ask again at once when nobody could answer", async () => {
    const { buckets, purse } = setUp();
    await use(purse);
    buckets.fail("away");
    expect([await use(purse), buckets.asked]).toEqual([false, []]);
    vi.advanceTimersByTime(1_000);
    expect([await use(purse), buckets.asked]).toEqual([false, ["1 x 10"]]);
  });

  it("is not for those who come while others wait, and serves these first", async () => {
    const { buckets, gate, purse } = setUp();
    await use(purse);
    const waits = [6, 6].map((n) => follow(gate.wait("key", n)));
    await turn();
    expect(buckets.asked).toEqual(["1 x 10", "6 x 2"]);
    expect(purse.spend(1)).toBe(false);
    buckets.answer(10, 0);
    await turn();
    expect([waits[0]?.at, waits[1]?.at, purse.left, purse.spend(1)]).toEqual([0, undefined, 4, false]);
    buckets.answer(1, 0);
    await turn();
    expect([waits[1]?.at, purse.spend(1)]).toEqual([0, true]);
  });

  it("asks for what is wanted now before what is wanted ahead", async () => {
    const { buckets, gate, purse } = setUp();
    void gate.allow("key", 1);
    void gate.wait("key", 2);
    purse.fill();
    await turn();
    expect(buckets.asked).toEqual(["1 x 1", "2 x 1", "1 x 10"]);
  });

  it("gives everything back when it is closed, and what comes later", async () => {
    const { buckets, purse } = setUp();
    await use(purse);
    buckets.answer(10, 90);
    await use(purse, 6);
    const closed = follow(purse.close());
    await turn();
    expect([closed.at, buckets.givenBack]).toEqual([undefined, [["key", 4, "ticket"]]]);
    buckets.answer(6, 84);
    await turn();
    expect([closed.at, buckets.givenBack[1]]).toEqual([0, ["key", 6, "ticket"]]);
    expect([await use(purse), purse.left, buckets.asked, vi.getTimerCount()]).toEqual([false, 0, [], 0]);
  });

  it("that is closed in the turn in which it would ask does not ask", async () => {
    const { buckets, purse } = setUp();
    purse.fill();
    await purse.close();
    expect(buckets.asked).toEqual([]);
  });
});
