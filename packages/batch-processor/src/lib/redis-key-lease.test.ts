import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RedisKeyLease } from "./redis-key-lease.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});

afterEach(() => {
  vi.useRealTimers();
});

function setUp(end: () => Promise<void> = () => Promise.resolve()) {
  let ended = 0;
  const host = {
    leaseMs: 100,
    ended: () => {
      ended += 1;
      return end();
    },
  };
  const lease = new RedisKeyLease(host, "a", "me", 7, performance.now());
  const told: string[] = [];
  lease.onLost(() => told.push("lost"));
  return { lease, told, ended: () => ended };
}

const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("RedisKeyLease", () => {
  it("lasts for leaseMs from when it was asked for, by the clock and without a timer", async () => {
    const { lease, told, ended } = setUp();
    expect(vi.getTimerCount()).toBe(0);
    await pass(99);
    expect(lease.isHeld).toBe(true);
    await pass(1);
    expect(told).toEqual([]);
    expect(lease.isHeld).toBe(false);
    expect(told).toEqual([]);
    await pass(0);
    expect([told, ended()]).toEqual([["lost"], 1]);
  });

  it("lasts for leaseMs from when a renewal was sent, and never for less than before", async () => {
    const { lease } = setUp();
    await pass(90);
    lease.renewed(30);
    lease.renewed(20);
    await pass(39);
    expect([lease.isHeld, lease.heldUntil]).toEqual([true, 130]);
    await pass(1);
    expect(lease.isHeld).toBe(false);
  });

  it("stays lost though a renewal succeeds afterwards", async () => {
    const { lease } = setUp();
    await pass(100);
    expect(lease.isHeld).toBe(false);
    lease.renewed(99);
    expect(lease.isHeld).toBe(false);
  });

  it("is not revived by a renewal that is heard of too late, though nobody has asked in between", async () => {
    const { lease } = setUp();
    await pass(110);
    lease.renewed(30);
    expect(lease.isHeld).toBe(false);
  });

  it("is given back once, and then is neither held nor lost", async () => {
    const { lease, told, ended } = setUp();
    const first = lease.release();
    expect(lease.release()).toBe(first);
    lease.lose();
    await first;
    await pass(200);
    expect([lease.isHeld, told, ended()]).toEqual([false, [], 1]);
  });

  it("says that it could not be given back, each time it is asked to", async () => {
    const { lease } = setUp(() => Promise.reject(new Error("away")));
    await expect(lease.release()).rejects.toThrow("away");
    await expect(lease.release()).rejects.toThrow("away");
  });

  it("that was lost has nothing to give back, and says nothing of what became of it", async () => {
    const { lease, ended } = setUp(() => Promise.reject(new Error("away")));
    lease.lose();
    lease.lose();
    await lease.release();
    expect(ended()).toBe(1);
  });

  it("tells all listeners, though one of them throws", async () => {
    const reported = new Promise((resolve) => process.once("unhandledRejection", resolve));
    const { lease, told } = setUp();
    lease.onLost(() => {
      throw new Error("listener");
    });
    lease.onLost(() => told.push("too"));
    lease.lose();
    await pass(0);
    expect(told).toEqual(["lost", "too"]);
    vi.useRealTimers();
    expect(await reported).toEqual(new Error("listener"));
  });
});
