import type { DedupStore, Hold } from "@disp/background";
import { beforeEach, describe, expect, it } from "vitest";

/** How a store is brought to the stage, and how time passes there. */
export interface StoreStage {
  /** A store without any keys. */
  create(): Promise<DedupStore>;
  /** Another instance on the data of the store that was created last. */
  second(): Promise<DedupStore>;
  /** Lets so many milliseconds pass. */
  readonly advance: (ms: number) => Promise<unknown>;
  /** Whether time passes in no other way, so that the very millisecond of an end can be asked for. */
  readonly exactMs: boolean;
}

const MANY = 100_000;
const KEYS = [
  "",
  " ",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "ключ",
  "🗝️",
  "a\nb\0c",
  "{a}:b",
  "k".repeat(100_000),
];
const UNTIMED = { timeout: 0 };

/** What every {@link DedupStore} promises, whatever it is made of. */
export function describeDedupStore(name: string, stage: StoreStage): void {
  const { advance, exactMs } = stage;
  /** Holds that a test waits out. */
  const holdMs = 100;
  /** Holds that outlast their test: in real time, by far. */
  const longMs = exactMs ? 10 * holdMs : 60_000;
  const slackMs = exactMs ? 0 : 50;
  /** A test that asks for the very millisecond. */
  const itExactly = (does: string, test: () => Promise<void>): void => {
    if (exactMs) it(does, test);
  };
  let store: DedupStore;
  let other: DedupStore;

  const isFree = async (key: string): Promise<boolean> => {
    const hold = await other.acquire(key, longMs);
    await hold?.release(0);
    return hold !== undefined;
  };

  beforeEach(async () => {
    store = await stage.create();
    other = await stage.second();
  });

  describe(`${name}: a hold`, () => {
    it("is given to one, and to nobody else until it ends", async () => {
      expect(await store.acquire("a", longMs)).toBeDefined();
      expect(await store.acquire("a", longMs)).toBeUndefined();
      expect(await other.acquire("a", longMs)).toBeUndefined();
      expect(await other.acquire("b", longMs)).toBeDefined();
    });

    it("goes to exactly one of many that ask at once", async () => {
      const asked = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? store : other).acquire("a", longMs));
      const given = (await Promise.all(asked)).filter((hold) => hold !== undefined);
      expect(given).toHaveLength(1);
    });

    it("ends by itself, at its time", async () => {
      const hold = await store.acquire("a", holdMs);
      await advance(holdMs + slackMs);
      expect(await isFree("a")).toBe(true);
      expect(await hold?.renew(longMs)).toBe(false);
    });

    itExactly("ends at the millisecond, and not before", async () => {
      await store.acquire("a", 100);
      await store.acquire("b", 99.5);
      await store.acquire("c", 0.25);
      await advance(99);
      expect([await isFree("a"), await isFree("b"), await isFree("c")]).toEqual([false, false, true]);
      await advance(1);
      expect([await isFree("a"), await isFree("b")]).toEqual([true, true]);
    });

    it("is not cut, however long it is", async () => {
      const aYear = 365 * 24 * 3_600_000;
      const hold = await store.acquire("a", aYear);
      await advance(holdMs);
      expect(await isFree("a")).toBe(false);
      expect(await hold?.renew(2 * aYear)).toBe(true);
      await hold?.release(0);
      expect(await isFree("a")).toBe(true);
    });

    it("keeps to its key, whatever that is", async () => {
      const holds: (Hold | undefined)[] = [];
      for (const key of KEYS) holds.push(await store.acquire(key, longMs));
      expect(holds.filter((hold) => hold === undefined)).toEqual([]);
      for (const key of KEYS) expect(await other.acquire(key, longMs)).toBeUndefined();
      for (const hold of holds) await hold?.release(0);
      for (const key of KEYS) expect(await isFree(key)).toBe(true);
    });
  });

  describe(`${name}: renewing`, () => {
    it("lets the hold outlast its first time", async () => {
      const firstMs = 10 * holdMs;
      const hold = await store.acquire("a", firstMs);
      expect(await hold?.renew(2 * longMs)).toBe(true);
      await advance(firstMs + slackMs);
      expect(await isFree("a")).toBe(false);
    });

    itExactly("lets the hold last for so long from now on", async () => {
      const hold = await store.acquire("a", holdMs);
      await advance(holdMs / 2);
      expect(await hold?.renew(holdMs)).toBe(true);
      await advance(holdMs * 0.75);
      expect(await isFree("a")).toBe(false);
      await advance(holdMs / 4 + slackMs);
      expect(await isFree("a")).toBe(true);
    });

    it("may also shorten it", async () => {
      const hold = await store.acquire("a", longMs);
      expect(await hold?.renew(holdMs)).toBe(true);
      await advance(holdMs + slackMs);
      expect(await isFree("a")).toBe(true);
    });

    it("answers false when the hold has ended, and takes nothing anew", async () => {
      const hold = await store.acquire("a", holdMs);
      await advance(holdMs + slackMs);
      expect(await hold?.renew(longMs)).toBe(false);
      expect(await isFree("a")).toBe(true);
    });

    it("does nothing to the hold of somebody who came later", async () => {
      const hold = await store.acquire("a", holdMs);
      await advance(holdMs + slackMs);
      const later = await other.acquire("a", longMs);
      expect(await hold?.renew(100 * longMs)).toBe(false);
      expect(await later?.renew(holdMs)).toBe(true);
      await advance(holdMs + slackMs);
      expect(await isFree("a")).toBe(true);
    });
  });

  describe(`${name}: releasing`, () => {
    it("with 0 frees the key at once", async () => {
      const hold = await store.acquire("a", longMs);
      await hold?.release(0);
      expect(await isFree("a")).toBe(true);
    });

    it("keeps the key for what remains, be that less or more than before", async () => {
      const firstMs = 10 * holdMs;
      await (await store.acquire("less", longMs))?.release(holdMs);
      await (await store.acquire("more", firstMs))?.release(2 * longMs);
      await advance(holdMs + slackMs);
      expect([await isFree("less"), await isFree("more")]).toEqual([true, false]);
      await advance(firstMs);
      expect(await isFree("more")).toBe(false);
    });

    itExactly("keeps the key for exactly what remains", async () => {
      await (await store.acquire("less", 10_000))?.release(20);
      await (await store.acquire("more", 10))?.release(20);
      await advance(19);
      expect([await isFree("less"), await isFree("more")]).toEqual([false, false]);
      await advance(1);
      expect([await isFree("less"), await isFree("more")]).toEqual([true, true]);
    });

    it("ends the ownership: a second release and a renewal change nothing", async () => {
      const hold = await store.acquire("a", longMs);
      await hold?.release(longMs);
      await hold?.release(0);
      expect(await isFree("a")).toBe(false);
      expect(await hold?.renew(longMs)).toBe(false);
    });

    it("twice does not prolong what remains", async () => {
      const hold = await store.acquire("a", longMs);
      await hold?.release(holdMs);
      await hold?.release(longMs);
      expect(await hold?.renew(longMs)).toBe(false);
      await advance(holdMs + slackMs);
      expect(await isFree("a")).toBe(true);
    });

    it("twice does not free what somebody else has taken in between", async () => {
      const hold = await store.acquire("a", longMs);
      await hold?.release(0);
      expect(await other.acquire("a", longMs)).toBeDefined();
      await hold?.release(0);
      expect(await isFree("a")).toBe(false);
    });

    it("too late does not free what somebody else has taken, nor shorten it", async () => {
      const hold = await store.acquire("a", holdMs);
      await advance(holdMs + slackMs);
      const later = await other.acquire("a", longMs);
      await hold?.release(0);
      await hold?.release(1);
      await advance(holdMs);
      expect(await isFree("a")).toBe(false);
      expect(await later?.renew(longMs)).toBe(true);
    });

    it("too late takes nothing anew", async () => {
      const hold = await store.acquire("a", holdMs);
      await advance(holdMs + slackMs);
      await hold?.release(longMs);
      expect(await isFree("a")).toBe(true);
    });
  });

  describe(`${name}: a bump of the generation`, () => {
    it("counts up, on all instances", async () => {
      const first = await store.bumpGeneration();
      expect(await other.bumpGeneration()).toBe(first + 1);
      expect(await store.bumpGeneration()).toBe(first + 2);
    });

    it("frees all keys, on all instances", async () => {
      await store.acquire("a", longMs);
      await (await other.acquire("b", longMs))?.release(longMs);
      await other.bumpGeneration();
      expect(await store.acquire("a", longMs)).toBeDefined();
      expect(await other.acquire("a", longMs)).toBeUndefined();
      expect(await other.acquire("b", longMs)).toBeDefined();
    });

    it("is seen by the holds taken before", async () => {
      const before = [await store.acquire("a", longMs), await other.acquire("b", longMs)];
      await other.bumpGeneration();
      for (const hold of before) expect(await hold?.renew(longMs)).toBe(false);
      expect([await isFree("a"), await isFree("b")]).toEqual([true, true]);
    });

    it("keeps the holds taken before from doing anything to the new generation", async () => {
      const before = await store.acquire("a", longMs);
      const idle = await store.acquire("b", longMs);
      await other.bumpGeneration();
      const after = await store.acquire("a", longMs);
      await before?.release(0);
      expect(await isFree("a")).toBe(false);
      expect(await after?.renew(longMs)).toBe(true);
      await idle?.release(longMs);
      expect(await isFree("b")).toBe(true);
    });
  });

  it(`${name}: of a hundred thousand keys, none is held twice and all are free afterwards`, UNTIMED, async () => {
    const long = 1_000 * longMs;
    const keys = Array.from({ length: MANY }, (_, index) => `key ${index}`);
    const holds = await Promise.all(keys.map((key) => store.acquire(key, long)));
    expect(holds.filter((hold) => hold === undefined)).toHaveLength(0);
    const again = await Promise.all(keys.map((key) => other.acquire(key, long)));
    expect(again.filter((hold) => hold !== undefined)).toHaveLength(0);
    await Promise.all(holds.map(async (hold) => hold?.release(0)));
    const free = await Promise.all(keys.map((key) => other.acquire(key, long)));
    expect(free.filter((hold) => hold === undefined)).toHaveLength(0);
  });
}
