import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LeaseKeeper } from "./lease-keeper.ts";
import { RedisKeyLease } from "./redis-key-lease.ts";

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});

afterEach(() => {
  vi.useRealTimers();
});

const LEASE_MS = 300;
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

function setUp() {
  const log: string[] = [];
  let answer: (key: string) => Promise<boolean> = () => Promise.resolve(true);
  const keeper = new LeaseKeeper(LEASE_MS, ({ key }) => {
    log.push(`${key} ${performance.now()}`);
    return answer(key);
  });
  const host = {
    leaseMs: LEASE_MS,
    ended: (lease: RedisKeyLease) => {
      keeper.remove(lease);
      return Promise.resolve();
    },
  };
  const add = (key: string): RedisKeyLease => {
    const now = performance.now();
    const lease = new RedisKeyLease(host, key, "me", 1, now);
    lease.onLost(() => log.push(`${key} lost ${performance.now()}`));
    keeper.add(lease, now);
    return lease;
  };
  return { keeper, log, add, answerBy: (by: typeof answer) => (answer = by) };
}

describe("LeaseKeeper", () => {
  it("renews all leases together, each third of their time", async () => {
    const { add, log } = setUp();
    add("a");
    await pass(50);
    add("b");
    await pass(260);
    expect(log).toEqual(["a 100", "b 100", "a 200", "b 200", "a 300", "b 300"]);
  });

  it("keeps leases for as long as they are renewed, and ends with the last one", async () => {
    const { add, keeper, log } = setUp();
    const lease = add("a");
    await pass(10_000);
    expect([lease.isHeld, log.length]).toEqual([true, 100]);
    await lease.release();
    await pass(LEASE_MS);
    expect([keeper.size, log.length, vi.getTimerCount()]).toEqual([0, 100, 0]);
  });

  it("counts from when a renewal was sent, however long its answer takes, and asks once at a time", async () => {
    const { add, log, answerBy } = setUp();
    let hear: (isHeld: boolean) => void = () => {};
    answerBy(() => new Promise((resolve) => (hear = resolve)));
    const lease = add("a");
    await pass(280);
    expect(log).toEqual(["a 100"]);
    hear(true);
    await pass(0);
    expect(lease.heldUntil).toBe(400);
    await pass(30);
    expect(log).toEqual(["a 100", "a 300"]);
    await pass(200);
    expect(log).toEqual(["a 100", "a 300", "a lost 400"]);
  });

  it("ends a lease at once when it belongs to somebody else", async () => {
    const { add, log, answerBy, keeper } = setUp();
    answerBy((key) => Promise.resolve(key === "b"));
    add("a");
    add("b");
    await pass(100);
    expect([log, keeper.size]).toEqual([["a 100", "b 100", "a lost 100"], 1]);
  });

  it("tries again sooner when nobody can tell, and ends a lease when its time has passed, not before", async () => {
    const { add, log, answerBy } = setUp();
    answerBy(() => Promise.reject(new Error("away")));
    const lease = add("a");
    await pass(299);
    expect(lease.isHeld).toBe(true);
    expect(log).toEqual([100, 125, 150, 175, 200, 225, 250, 275].map((at) => `a ${at}`));
    await pass(1);
    expect(log.at(-1)).toBe("a lost 300");
    await pass(1_000);
    expect([log.length, vi.getTimerCount()]).toEqual([9, 0]);
  });

  it("goes on when they can tell again", async () => {
    const { add, answerBy } = setUp();
    answerBy(() => Promise.reject(new Error("away")));
    const lease = add("a");
    await pass(260);
    answerBy(() => Promise.resolve(true));
    await pass(5_000);
    expect(lease.isHeld).toBe(true);
  });
});
