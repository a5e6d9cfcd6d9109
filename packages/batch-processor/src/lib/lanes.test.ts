import { describe, expect, it } from "vitest";
import { Batch, LOADING, READY } from "./batch.ts";
import { Lanes } from "./lanes.ts";

const HOST = { waiting: 0, emptied: () => {} };
const batch = (key: string, lane = 0) => new Batch<number>(HOST, key, lane, 0);

function setUp() {
  const sentAway: [string, string][] = [];
  const lanes = new Lanes<number>(100, ({ key }, blockedBy) => sentAway.push([key, blockedBy]));
  return { lanes, sentAway };
}

describe("Lanes", () => {
  it("give their place in the order of the line", () => {
    const { lanes } = setUp();
    const [a, b] = [batch("a"), batch("b")];
    const lane = lanes.enqueue(a, 1);
    expect(lanes.enqueue(b, 2)).toBe(lane);
    expect([a.stage, a.readyAt, b.readyAt]).toEqual([READY, 1, 2]);
    expect(lanes.enqueue(batch("c", 1), 2)).not.toBe(lane);
    expect(lanes.take(lane)).toBe(a);
    expect([a.stage, lane.isTaken, lanes.taken]).toEqual([LOADING, true, 1]);
    lanes.release(lane);
    expect([lane.isTaken, lanes.taken]).toEqual([false, 0]);
    expect(lanes.take(lane)).toBe(b);
    expect(lanes.take(lane)).toBeUndefined();
    expect(lanes.taken).toBe(1);
  });

  it("exist while they have something to do, and no longer", () => {
    const { lanes } = setUp();
    const a = batch("a");
    const lane = lanes.enqueue(a, 0);
    lanes.take(lane);
    expect(lanes.enqueue(batch("b"), 0)).toBe(lane);
    lanes.take(lane);
    lanes.release(lane);
    lanes.release(lane);
    const next = batch("c");
    const fresh = lanes.enqueue(next, 0);
    expect(fresh).not.toBe(lane);
    lanes.remove(next);
    lanes.remove(next);
    expect(lanes.enqueue(next, 0)).not.toBe(fresh);
  });

  it("send away who has been ready for too long when a call that is overdue keeps the place", () => {
    const { lanes, sentAway } = setUp();
    const lane = lanes.enqueue(batch("hung"), 0);
    lanes.take(lane);
    lanes.enqueue(batch("a"), 10);
    lanes.enqueue(batch("b"), 50);
    expect(lanes.nextAt).toBe(Infinity);
    lanes.expire(1_000);
    expect(sentAway).toEqual([]);
    lanes.block(lane, "hung");
    expect(lanes.nextAt).toBe(110);
    lanes.expire(109);
    expect(sentAway).toEqual([]);
    lanes.expire(110);
    expect(sentAway).toEqual([["a", "hung"]]);
    expect(lanes.nextAt).toBe(150);
    lanes.release(lane);
    expect(lanes.nextAt).toBe(Infinity);
    lanes.expire(150);
    expect(sentAway).toHaveLength(1);
  });

  it("know the first time of several that are blocked, whoever leaves or joins", () => {
    const { lanes, sentAway } = setUp();
    const [one, two] = [lanes.enqueue(batch("x", 1), 0), lanes.enqueue(batch("y", 2), 0)];
    for (const [lane, key] of [
      [one, "x"],
      [two, "y"],
    ] as const) {
      lanes.take(lane);
      lanes.block(lane, key);
    }
    expect(lanes.nextAt).toBe(Infinity);
    const early = batch("early", 2);
    lanes.enqueue(early, 20);
    lanes.enqueue(batch("late", 1), 30);
    expect(lanes.nextAt).toBe(120);
    lanes.remove(early);
    expect(lanes.nextAt).toBe(130);
    lanes.enqueue(batch("later", 2), 40);
    lanes.expire(140);
    expect(sentAway).toEqual([
      ["late", "x"],
      ["later", "y"],
    ]);
    expect(lanes.nextAt).toBe(Infinity);
  });

  it("end everything when they are called off", () => {
    const { lanes } = setUp();
    const ended: unknown[] = [];
    const lane = lanes.enqueue(batch("a"), 0);
    lanes.take(lane);
    lane.run = { abort: (reason) => ended.push(["abort", reason]) };
    lanes.enqueue(batch("b"), 0);
    lanes.enqueue(batch("c", 1), 0);
    lanes.callOff("enough", ({ key }) => ended.push(key));
    expect(ended).toEqual([["abort", "enough"], "b", "c"]);
    lanes.release(lane);
    expect(lanes.taken).toBe(0);
  });
});
