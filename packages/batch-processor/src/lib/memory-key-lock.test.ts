import { describe, expect, it, vi } from "vitest";
import { follow } from "../../../../tooling/observe.ts";
import { heapUsed } from "../../../../tooling/heap-used.ts";
import type { KeyLease } from "./key-lock.ts";
import { MemoryKeyLock } from "./memory-key-lock.ts";

describe("MemoryKeyLock", () => {
  it("says whether there was a holder to take the key from", async () => {
    const lock = new MemoryKeyLock();
    expect(lock.revoke("a")).toBe(false);
    const lease = await lock.acquire("a");
    expect([lock.revoke("a"), lock.revoke("a"), lease.isHeld]).toEqual([true, false, false]);
  });

  it("hands a key that was taken away to the next in line", async () => {
    const lock = new MemoryKeyLock();
    await lock.acquire("a");
    const next = lock.acquire("a");
    lock.revoke("a");
    expect((await next).isHeld).toBe(true);
  });

  it("has one holder, whatever the one that lost it does when it hears so", async () => {
    const lock = new MemoryKeyLock();
    const loser = await lock.acquire("a");
    loser.onLost(() => void loser.release());
    const waiting = [lock.acquire("a"), lock.acquire("a")];
    lock.revoke("a");
    const next = await waiting[0];
    const last = follow(waiting[1]!);
    await Promise.resolve();
    expect([next?.isHeld, last.state]).toEqual([true, "pending"]);
    await next?.release();
    expect((await waiting[1])?.isHeld).toBe(true);
  });

  it("has one holder, though the one that lost it asks anew when it hears so", async () => {
    const lock = new MemoryKeyLock();
    const loser = await lock.acquire("a");
    let again: Promise<KeyLease> | undefined;
    loser.onLost(() => {
      void loser.release();
      again = lock.acquire("a");
    });
    lock.revoke("a");
    const other = follow(lock.acquire("a"));
    expect((await again)?.isHeld).toBe(true);
    expect(other.state).toBe("pending");
  });

  it("has tokens that grow, in the process after this one, too", async () => {
    vi.useFakeTimers({ now: 1_000_000 });
    const tokens: number[] = [];
    for (let n = 0; n < 3; n += 1) {
      const lease = await new MemoryKeyLock().acquire("a");
      tokens.push(lease.token);
      vi.advanceTimersByTime(1);
    }
    const lock = new MemoryKeyLock();
    for (const key of ["a", "b"]) tokens.push((await lock.acquire(key)).token);
    vi.useRealTimers();
    expect(tokens).toEqual([1_000_000_000, 1_000_001_000, 1_000_002_000, 1_000_003_000, 1_000_003_001]);
  });

  it("refuses what is no key or no signal, with a promise", async () => {
    const lock = new MemoryKeyLock();
    await expect(lock.acquire(5 as unknown as string)).rejects.toThrow("Cannot acquire: key must be a string, got 5");
    await lock.acquire("a");
    const wrong = { signal: {} as AbortSignal };
    await expect(lock.acquire("a", wrong)).rejects.toThrow(TypeError);
    await expect(lock.acquire("b", wrong)).rejects.toThrow(TypeError);
  });

  it("forgets keys that nobody has", { timeout: 0 }, async () => {
    const lock = new MemoryKeyLock();
    const useMany = async (): Promise<void> => {
      for (let key = 0; key < 100_000; key += 1) await (await lock.acquire(`key ${key}`)).release();
    };
    await useMany();
    const before = await heapUsed();
    await useMany();
    expect((await heapUsed()) - before).toBeLessThan(1_000_000);
  });
});
