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
  /** How long a hold of these tests is: in real time, far longer than a few calls take. */
  const holdMs = exactMs ? 100 : 1_000;
  const slackMs = exactMs ? 0 : 50;
  let store: DedupStore;
  let other: DedupStore;

  const isFree = async (key: string): Promise<boolean> => {
    const hold = await other.acquire(key, holdMs);
    await hold?.release(0);
    return hold !== undefined;
  };

  beforeEach(async () => {
    store = await stage.create();
    other = await stage.second();
  });

  describe(`${name}: a hold`, () => {
    it("is given to one, and to nobody else until it ends", async () => {
      expect(await store.acquire("a", holdMs)).toBeDefined();
      expect(await store.acquire("a", holdMs)).toBeUndefined();
      expect(await other.acquire("a", holdMs)).toBeUndefined();
      expect(await other.acquire("b", holdMs)).toBeDefined();
    });

    it("goes to exactly one of many that ask at once", async () => {
      const asked = Array.from({ length: 200 }, (_, index) => (index % 2 === 0 ? store : other).acquire("a", holdMs));
      const given = (await Promise.all(asked)).filter((hold) => hold !== undefined);
      expect(given).toHaveLength(1);
    });

    it("ends by itself, at its time", async () => {
      const hold = await store.acquire("a", holdMs);
      await advance(holdMs + slackMs);
      expect(await isFree("a")).toBe(true);
      expect(await hold?.renew(holdMs)).toBe(false);
    });

    it.runIf(exactMs)("ends at the millisecond, and not before", async () => {
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
      for (const key of KEYS) holds.push(await store.acquire(key, holdMs));
      expect(holds.filter((hold) => hold === undefined)).toEqual([]);
      for (const key of KEYS) expect(await other.acquire(key, holdMs)).toBeUndefined();
      for (const hold of holds) await hold?.release(0);
      for (const key of KEYS) expect(await isFree(key)).toBe(true);
    });
  });

  describe(`${name}: renewing`, () => {
    it("lets the hold last for so long from now on", async () => {
      const hold = await store.acquire("a", holdMs);
      await advance(holdMs / 2);
      expect(await hold?.renew(holdMs)).toBe(true);
      await advance(holdMs * 0.75);
      expect(await isFree("a")).toBe(false);
      await advance(holdMs / 4 + slackMs);
      expect(await isFree("a")).toBe(true);
    });

    it("may also shorten it", async () => {
      const hold = await store.acquire("a", 10 * holdMs);
      expect(await hold?.renew(holdMs)).toBe(true);
      await advance(holdMs + slackMs);
      expect(await isFree("a")).toBe(true);
    });

    it("answers false when the hold has ended, and takes nothing anew", async () => {
      const hold = await store.acquire("a", holdMs);
      await advance(holdMs + slackMs);
      expect(await hold?.renew(holdMs)).toBe(false);
      expect(await isFree("a")).toBe(true);
    });

    it("does nothing to the hold of somebody who came later", async () => {
      const hold = await store.acquire("a", holdMs);
      await advance(holdMs + slackMs);
      const later = await other.acquire("a", holdMs);
      expect(await hold?.renew(100 * holdMs)).toBe(false);
      expect(await later?.renew(holdMs)).toBe(true);
      await advance(holdMs + slackMs);
      expect(await isFree("a")).toBe(true);
    });
  });

  describe(`${name}: releasing`, () => {
    it("with 0 frees the key at once", async () => {
      const hold = await store.acquire("a", holdMs);
      await hold?.release(0);
      expect(await isFree("a")).toBe(true);
    });

    it("keeps the key for what remains, be that less or more than before", async () => {
      await (await store.acquire("less", 10 * holdMs))?.release(holdMs);
      await (await store.acquire("more", holdMs))?.release(3 * holdMs);
      expect(await isFree("less")).toBe(false);
      await advance(holdMs + slackMs);
      expect([await isFree("less"), await isFree("more")]).toEqual([true, false]);
      await advance(2 * holdMs + slackMs);
      expect(await isFree("more")).toBe(true);
    });

    it.runIf(exactMs)("keeps the key for exactly what remains", async () => {
      await (await store.acquire("a", 10_000))?.release(20);
      await advance(19);
      expect(await isFree("a")).toBe(false);
      await advance(1);
      expect(await isFree("a")).toBe(true);
    });

    it("ends the ownership: a second release and a renewal change nothing", async () => {
      const hold = await store.acquire("a", holdMs);
      await hold?.release(holdMs);
      await hold?.release(0);
      expect(await isFree("a")).toBe(false);
      await hold?.release(100 * holdMs);
      expect(await hold?.renew(100 * holdMs)).toBe(false);
      await advance(holdMs + slackMs);
      expect(await isFree("a")).toBe(true);
    });

    it("twice does not free what somebody else has taken in between", async () => {
      const hold = await store.acquire("a", holdMs);
      await hold?.release(0);
      expect(await other.acquire("a", holdMs)).toBeDefined();
      await hold?.release(0);
      expect(await isFree("a")).toBe(false);
    });

    it("too late does not free what somebody else has taken, nor shorten it", async () => {
      const hold = await store.acquire("a", holdMs);
      await advance(holdMs + slackMs);
      const later = await other.acquire("a", holdMs);
      await hold?.release(0);
      await hold?.release(1);
      await advance(holdMs / 2);
      expect(await isFree("a")).toBe(false);
      expect(await later?.renew(holdMs)).toBe(true);
    });

    it("too late takes nothing anew", async () => {
      const hold = await store.acquire("a", holdMs);
      await advance(holdMs + slackMs);
      await hold?.release(100 * holdMs);
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
      await store.acquire("a", holdMs);
      await (await other.acquire("b", holdMs))?.release(holdMs);
      await other.bumpGeneration();
      expect(await store.acquire("a", holdMs)).toBeDefined();
      expect(await other.acquire("a", holdMs)).toBeUndefined();
      expect(await other.acquire("b", holdMs)).toBeDefined();
    });

    it("is seen by the holds taken before", async () => {
      const before = [await store.acquire("a", holdMs), await other.acquire("b", holdMs)];
      await other.bumpGeneration();
      for (const hold of before) expect(await hold?.renew(holdMs)).toBe(false);
      expect([await isFree("a"), await isFree("b")]).toEqual([true, true]);
    });

    it("keeps the holds taken before from doing anything to the new generation", async () => {
      const before = await store.acquire("a", holdMs);
      const idle = await store.acquire("b", holdMs);
      await other.bumpGeneration();
      const after = await store.acquire("a", holdMs);
      await before?.release(0);
      expect(await isFree("a")).toBe(false);
      expect(await after?.renew(holdMs)).toBe(true);
      await idle?.release(holdMs);
      expect(await isFree("b")).toBe(true);
    });
  });

  it(`${name}: of a hundred thousand keys, none is held twice and all are free afterwards`, UNTIMED, async () => {
    const long = 1_000 * holdMs;
    const keys = Array.from({ length: MANY }, (_, index) => `key ${index}`);
    const holds = await Promise.all(keys.map((key) => store.acquire(key, long)));
    expect(holds.filter((hold) => hold === undefined)).toHaveLength(0);
    const again = await Promise.all(keys.map((key) => other.acquire(key, long)));
    expect(again.filter((hold) => hold !== undefined)).toHaveLength(0);
    await Promise.all(holds.map(async (hold) => hold?.release(0)));
    const free = await Promise.all(keys.map((key) => other.acquire(key, holdMs)));
    expect(free.filter((hold) => hold === undefined)).toHaveLength(0);
  });
}
