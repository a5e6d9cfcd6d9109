import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { KeyTable } from "./key-table.ts";

/** A table whose keys were added one millisecond after the other, the first one at 0. */
function tableOf(...keys: string[]) {
  const table = new KeyTable<string>();
  const slots = keys.map((key, now) => table.add(key, 1, now));
  return { table, slots };
}

describe("the tokens of a key", () => {
  it("grow from what it was given, with the time that passes", () => {
    const table = new KeyTable<string>();
    const slot = table.add("a", 2, 1_000);
    expect(table.tokens(slot, 1_000, 10)).toBe(2);
    expect(table.tokens(slot, 1_500, 10)).toBe(7);
  });

  it("may be taken ahead of time, and are exact after however many takes", () => {
    const table = new KeyTable<string>();
    const slot = table.add("a", 0, 0);
    for (let second = 1; second <= 1_000; second += 1) table.take(slot, 3);
    expect(table.tokens(slot, 0, 3)).toBe(-3_000);
    expect(table.tokens(slot, 1_000_000, 3)).toBe(0);
  });

  it("can be set anew", () => {
    const table = new KeyTable<string>();
    const slot = table.add("a", 2, 0);
    table.setTokens(slot, 5, 1_000);
    expect(table.tokens(slot, 1_100, 10)).toBe(6);
  });

  it("stay with their key when the table grows", () => {
    const table = new KeyTable<number>();
    for (let key = 0; key < 1_000; key += 1) table.add(key, key, 0);
    expect(table.size).toBe(1_000);
    for (let key = 0; key < 1_000; key += 1) expect(table.tokens(table.find(key) as number, 0, 1)).toBe(key);
  });
});

describe("the memory of the table", () => {
  it("grows with the keys, and shrinks when they are forgotten", () => {
    const table = new KeyTable<number>();
    const { capacity } = table;
    for (let key = 0; key < 1_000; key += 1) table.add(key, key, 0);
    expect(table.capacity).toBe(1_024);
    for (let key = 0; key < 1_000; key += 1) {
      table.forget();
      expect(table.capacity).toBeLessThanOrEqual(Math.max(capacity, 4 * table.size + 4));
    }
    expect([table.size, table.capacity]).toEqual([0, capacity]);
  });
});

describe("the table, whatever is done to it", () => {
  const steps = fc.array(
    fc.record({ do: fc.constantFrom("add", "add", "add", "spare", "forget", "take"), which: fc.nat(40) }),
    { maxLength: 200 },
  );

  it("keeps the state of each key, and the keys in their order", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const table = new KeyTable<number>();
        const model: { key: number; level: number }[] = [];
        all.forEach(({ do: what, which }, key) => {
          const taken = model[which % Math.max(1, model.length)];
          const front = model[0];
          if (what === "add") model.push({ key, level: key });
          if (what === "add") table.add(key, key, 0);
          if (what === "spare" && front !== undefined) model.push(...model.splice(0, 1));
          if (what === "spare") table.spare(0);
          if (what === "forget") model.shift();
          if (what === "forget") table.forget();
          if (what !== "take" || taken === undefined) return;
          taken.level -= 1;
          table.take(table.find(taken.key) as number, 1);
        });
        expect(table.size).toBe(model.length);
        for (const { key, level } of model) expect(table.tokens(table.find(key) as number, 0, 1)).toBe(level);
        const order = model.map(() => {
          const key = table.keyOf(table.leastUsed(0) as number);
          table.forget();
          return key;
        });
        expect(order).toEqual(model.map(({ key }) => key));
      }),
    );
  });
});

describe("keys", () => {
  it("are found until they are forgotten, and a newcomer inherits nothing from the one before it", () => {
    const { table } = tableOf("a", "b", "c");
    table.forget();
    table.forget();
    expect([table.find("a"), table.find("b"), table.size]).toEqual([undefined, undefined, 1]);
    const slots = [table.add("d", 7, 10), table.add("e", 8, 10)];
    expect([table.find("d"), table.find("e")]).toEqual(slots);
    expect(slots.map((slot) => table.tokens(slot, 10, 1))).toEqual([7, 8]);
    expect(table.tokens(table.find("c") as number, 2, 1)).toBe(1);
  });

  it("may be any value, undefined included", () => {
    const table = new KeyTable<unknown>();
    table.add(undefined, 1, 0);
    expect(table.find(undefined)).toBeDefined();
    table.forget();
    expect(table.find(undefined)).toBeUndefined();
  });

  it("need not be there to be spared or forgotten", () => {
    const table = new KeyTable<string>();
    table.spare(0);
    table.forget();
    expect([table.size, table.leastUsed(0), table.idleSince(0, 0)]).toEqual([0, undefined, undefined]);
  });
});

describe("the front of the queue", () => {
  it("is idle when it was not used since the given time", () => {
    const { table, slots } = tableOf("a", "b");
    expect(table.idleSince(0, 50)).toBe(slots[0]);
    expect(table.idleSince(-1, 50)).toBeUndefined();
  });

  it("goes to the back when it was used, so that the next one is looked at", () => {
    const { table, slots } = tableOf("a", "b", "c");
    table.touch(slots[0] as number, 40);
    expect(table.idleSince(20, 50)).toBe(slots[1]);
    for (const slot of slots) table.touch(slot, 45);
    expect(table.idleSince(20, 50)).toBeUndefined();
  });

  it("is given up first unless it was used since it joined: then it has a second chance", () => {
    const { table, slots } = tableOf("a", "b", "c");
    expect(table.leastUsed(50)).toBe(slots[0]);
    table.touch(slots[0] as number, 40);
    expect(table.leastUsed(50)).toBe(slots[1]);
    table.forget();
    table.forget();
    expect([table.find("a"), table.find("b"), table.find("c")]).toEqual([slots[0], undefined, undefined]);
  });

  it("is given up even when all of them were used", () => {
    const { table, slots } = tableOf("a", "b");
    for (const slot of slots) table.touch(slot, 40);
    expect(table.leastUsed(50)).toBe(slots[0]);
  });

  it("can be spared", () => {
    const { table, slots } = tableOf("a", "b");
    table.spare(50);
    expect(table.leastUsed(50)).toBe(slots[1]);
  });
});
