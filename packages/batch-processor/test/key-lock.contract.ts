import type { KeyLease, KeyLock } from "@disp/batch-processor";
import { describe, expect, it, onTestFinished } from "vitest";

/** A lock, and what a test needs besides. */
export interface LockUnderTest {
  /** All made here share their keys. */
  lock(): KeyLock;
  /** Takes a key away from its holder, from outside. */
  lose(key: string): Promise<void>;
  close(): void | Promise<void>;
}

const KEYS = ["a", "", "}", "{a}", "a b\r\n\0", "ключ 🗝️", "__proto__", "x".repeat(2_000)];
const NEVER = new AbortController().signal;
const acquire = (lock: KeyLock, key: string, signal = NEVER): Promise<KeyLease> => lock.acquire(key, { signal });

/** What every key lock must do. Real time: a lock may need to ask a server. */
export function describeKeyLock(name: string, make: () => LockUnderTest | Promise<LockUnderTest>): void {
  const setUp = async (): Promise<LockUnderTest> => {
    const made = await make();
    onTestFinished(() => made.close());
    return made;
  };

  describe(`${name} as a key lock`, { timeout: 0 }, () => {
    it.each(KEYS)("gives the free key %j at once", async (key) => {
      const lock = (await setUp()).lock();
      const lease = await acquire(lock, key);
      expect([lease.isHeld, Number.isSafeInteger(lease.token), lease.token > 0]).toEqual([true, true, true]);
      await lease.release();
      expect(lease.isHeld).toBe(false);
      await (await acquire(lock, key)).release();
    });

    it("has one holder of a key at a time, and tokens that grow", async () => {
      const made = await setUp();
      const locks = [made.lock(), made.lock(), made.lock()];
      let holders = 0;
      const most: number[] = [];
      const tokens: number[] = [];
      const work = async (lock: KeyLock): Promise<void> => {
        for (let n = 0; n < 20; n += 1) {
          const lease = await acquire(lock, "a");
          most.push((holders += 1));
          tokens.push(lease.token);
          await Promise.resolve();
          holders -= 1;
          await lease.release();
        }
      };
      await Promise.all(locks.map(work));
      expect(new Set(most)).toEqual(new Set([1]));
      expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
      expect(tokens).toHaveLength(60);
    });

    it("serves those who wait through one lock in the order of their calls", async () => {
      const lock = (await setUp()).lock();
      const order: number[] = [];
      const first = await acquire(lock, "a");
      const others = [1, 2, 3, 4].map(async (n) => {
        const lease = await acquire(lock, "a");
        order.push(n);
        await lease.release();
      });
      await first.release();
      await Promise.all(others);
      expect(order).toEqual([1, 2, 3, 4]);
    });

    it("lets different keys be held at once", async () => {
      const lock = (await setUp()).lock();
      const leases = await Promise.all(KEYS.map((key) => acquire(lock, key)));
      expect(leases.every(({ isHeld }) => isHeld)).toBe(true);
      await Promise.all(leases.map((lease) => lease.release()));
    });

    it("refuses a signal that is aborted already, even when the key is free", async () => {
      const lock = (await setUp()).lock();
      const reason = new Error("enough");
      await expect(acquire(lock, "a", AbortSignal.abort(reason))).rejects.toBe(reason);
      await (await acquire(lock, "a")).release();
    });

    it("ends a wait that is aborted, and serves those behind it", async () => {
      const made = await setUp();
      const lock = made.lock();
      const abort = new AbortController();
      const first = await acquire(lock, "a");
      const second = acquire(lock, "a", abort.signal);
      const third = acquire(lock, "a");
      const reason = new Error("enough");
      abort.abort(reason);
      await expect(second).rejects.toBe(reason);
      expect(first.isHeld).toBe(true);
      await first.release();
      const lease = await third;
      expect(lease.token).toBeGreaterThan(first.token);
      await lease.release();
      await (await acquire(made.lock(), "a")).release();
    });

    it("leaves the key to others when all who waited have left", async () => {
      const made = await setUp();
      const [lock, other] = [made.lock(), made.lock()];
      const first = await acquire(lock, "a");
      const abort = new AbortController();
      const waits = [acquire(other, "a", abort.signal), acquire(other, "a", abort.signal)];
      const settled = Promise.allSettled(waits);
      abort.abort();
      expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
      await first.release();
      await (await acquire(lock, "a")).release();
    });

    it("gives a key back once, and never that of somebody else", async () => {
      const made = await setUp();
      const lock = made.lock();
      const first = await acquire(lock, "a");
      await Promise.all([first.release(), first.release()]);
      const second = await acquire(lock, "a");
      await first.release();
      const third = acquire(made.lock(), "a");
      expect(second.isHeld).toBe(true);
      await second.release();
      await (await third).release();
    });

    it("tells the holder, once, when the key was taken away, and lets the next one have it", async () => {
      const made = await setUp();
      const lock = made.lock();
      const first = await acquire(lock, "a");
      const told: string[] = [];
      const lost = new Promise<void>((resolve) => {
        first.onLost(() => {
          told.push(`held: ${first.isHeld}`);
          resolve();
        });
        first.onLost(() => told.push("also"));
      });
      await made.lose("a");
      await lost;
      expect(first.isHeld).toBe(false);
      const second = await acquire(lock, "a");
      expect(second.token).toBeGreaterThan(first.token);
      await first.release();
      expect(second.isHeld).toBe(true);
      await second.release();
      expect(told).toEqual(["held: false", "also"]);
    });

    it("tells nobody of a loss after the release", async () => {
      const made = await setUp();
      const lease = await acquire(made.lock(), "a");
      let told = 0;
      lease.onLost(() => (told += 1));
      await lease.release();
      await made.lose("a");
      await (await acquire(made.lock(), "a")).release();
      expect([told, lease.isHeld]).toEqual([0, false]);
    });
  });
}
