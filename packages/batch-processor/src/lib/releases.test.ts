import { describe, expect, it } from "vitest";
import { Calls } from "./calls.ts";
import type { KeyLease } from "./key-lock.ts";
import { Releases } from "./releases.ts";

function setUp() {
  const told: string[] = [];
  const calls = new Calls(100);
  const releases = new Releases({ calls, wakeAt: () => told.push("wake"), idle: () => told.push("idle") });
  return { told, calls, releases };
}

const leaseThat = (release: () => Promise<void>): KeyLease => ({ token: 1, isHeld: true, onLost: () => {}, release });
const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("Releases", () => {
  it("say when the last one is over", async () => {
    const { releases, told, calls } = setUp();
    const ends: (() => void)[] = [];
    for (let n = 0; n < 2; n += 1) releases.begin(leaseThat(() => new Promise((resolve) => ends.push(resolve))));
    expect([releases.pending, told]).toEqual([2, ["wake", "wake"]]);
    ends[0]?.();
    await turn();
    expect([releases.pending, told]).toEqual([1, ["wake", "wake"]]);
    ends[1]?.();
    await turn();
    expect([releases.pending, releases.failed, told]).toEqual([0, 0, ["wake", "wake", "idle"]]);
    expect(calls.nextAt).toBe(Infinity);
  });

  it("count those that reject, throw, or take too long, once each", async () => {
    const { releases, calls } = setUp();
    const no = new Error("no");
    let answer: () => void = () => {};
    releases.begin(leaseThat(() => Promise.reject(no)));
    releases.begin(
      leaseThat(() => {
        throw no;
      }),
    );
    releases.begin(leaseThat(() => new Promise((resolve) => (answer = resolve))));
    await turn();
    expect([releases.pending, releases.failed]).toEqual([1, 2]);
    calls.expire(Infinity);
    expect([releases.pending, releases.failed]).toEqual([0, 3]);
    answer();
    await turn();
    expect(releases.failed).toBe(3);
  });

  it("can be abandoned", async () => {
    const { releases, told, calls } = setUp();
    releases.abandon();
    expect(told).toEqual([]);
    releases.begin(leaseThat(() => new Promise(() => {})));
    releases.abandon();
    expect([releases.pending, releases.failed, calls.nextAt, told.at(-1)]).toEqual([0, 1, Infinity, "idle"]);
    await turn();
  });
});
