import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Hold } from "./dedup-store.ts";
import { type Holder, HoldKeeper } from "./hold-keeper.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});

afterEach(() => {
  vi.useRealTimers();
});

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

function setUp() {
  const holders: Holder[] = [];
  const lost: Holder[] = [];
  const keeper = new HoldKeeper<Holder>(300, holders, (holder) => void lost.push(holder));
  const keep = (renew: Hold["renew"], heldUntil = 0) => {
    const holder: Holder = { hold: undefined, heldUntil, isRenewing: false };
    holders.push(holder);
    keeper.keep(holder, { renew, release: () => Promise.resolve() });
    return holder;
  };
  return { keeper, keep, lost };
}

describe("HoldKeeper", () => {
  it("asks for a lease at least", () => {
    const { keeper } = setUp();
    expect([keeper.ttlMs(0), keeper.ttlMs(300), keeper.ttlMs(300.5)]).toEqual([300, 300, 300.5]);
  });

  it("renews every third of the lease, each to its own time", async () => {
    const { keep } = setUp();
    const renewed: string[] = [];
    const begin = performance.now();
    const say = (name: string) => (ms: number) => {
      renewed.push(`${name} at ${performance.now() - begin} for ${ms}`);
      return Promise.resolve(true);
    };
    keep(say("short"));
    keep(say("long"), begin + 450);
    await pass(200);
    expect(renewed).toEqual([
      "short at 100 for 300",
      "long at 100 for 350",
      "short at 200 for 300",
      "long at 200 for 300",
    ]);
  });

  it("has one timer, and none while it keeps no hold", async () => {
    const { keeper, keep } = setUp();
    const holders = [keep(() => Promise.resolve(true)), keep(() => Promise.resolve(true))];
    await pass(0);
    expect([keeper.held, vi.getTimerCount()]).toEqual([2, 1]);
    for (const holder of holders) expect(keeper.letGo(holder)).toBeDefined();
    await pass(0);
    expect([keeper.held, vi.getTimerCount()]).toEqual([0, 0]);
  });

  it("sets no timer for holds that come and go at once", () => {
    const { keeper, keep } = setUp();
    const set = vi.spyOn(globalThis, "setTimeout");
    keeper.letGo(keep(() => Promise.resolve(true)));
    expect(set).not.toHaveBeenCalled();
  });

  it("lets go once", () => {
    const { keeper, keep } = setUp();
    const holder = keep(() => Promise.resolve(true));
    expect(keeper.letGo(holder)).toBeDefined();
    expect([keeper.letGo(holder), keeper.held]).toEqual([undefined, 0]);
  });

  it("tells of a hold that is gone, and keeps it no longer", async () => {
    const { keeper, keep, lost } = setUp();
    const holder = keep(() => Promise.resolve(false));
    await pass(100);
    expect(lost).toEqual([holder]);
    expect([holder.hold, keeper.held, vi.getTimerCount()]).toEqual([undefined, 0, 0]);
  });

  it("tries again when the store was away", async () => {
    const { keep, lost } = setUp();
    const renew = vi.fn(() => Promise.resolve(true)).mockRejectedValueOnce(new Error("away"));
    keep(renew);
    await pass(200);
    expect(renew).toHaveBeenCalledTimes(2);
    expect(lost).toEqual([]);
  });

  it("does not ask again before it was answered", async () => {
    const { keep } = setUp();
    let answer: (isHeld: boolean) => void = () => {};
    const renew = vi.fn(() => new Promise<boolean>((resolve) => (answer = resolve)));
    keep(renew);
    await pass(1_000);
    expect(renew).toHaveBeenCalledTimes(1);
    answer(true);
    await pass(100);
    expect(renew).toHaveBeenCalledTimes(2);
  });

  it("hands a hold from one to another, and ignores what is answered to the first", async () => {
    const { keeper, keep, lost } = setUp();
    let answer: (isHeld: boolean) => void = () => {};
    const first = keep(() => new Promise<boolean>((resolve) => (answer = resolve)));
    await pass(100);
    const second: Holder = { hold: undefined, heldUntil: 0, isRenewing: false };
    keeper.handOver(first, second);
    answer(false);
    await pass(0);
    expect([first.hold, keeper.held, lost]).toEqual([undefined, 1, []]);
    expect(second.hold).toBeDefined();
  });
});
