import { describe, expect, it } from "vitest";
import { blockNewItems, dropNewest, dropOldestBatch, unbounded } from "./overflow-policies.ts";

const BY_COUNT = { maxItems: 20, maxSize: Infinity };

describe.each([
  ["blockNewItems", blockNewItems, "refuse"],
  ["dropOldestBatch", dropOldestBatch, "drop-oldest"],
  ["dropNewest", dropNewest, "drop-newcomer"],
] as const)("%s", (_name, policy, whenFull) => {
  it("accepts up to its number of items", () => {
    const resolved = policy({ maxItems: 3 }).resolve(BY_COUNT);
    expect([resolved.decide(2, 0, 0), resolved.decide(3, 0, 0)]).toEqual(["accept", whenFull]);
  });

  it("accepts what still fits into its size, and nothing once that is used up", () => {
    const resolved = policy({ maxSize: 10 }).resolve(BY_COUNT);
    expect([resolved.decide(9_999, 6, 4), resolved.decide(1, 6, 5), resolved.decide(1, 10, 0)]).toEqual([
      "accept",
      whenFull,
      whenFull,
    ]);
  });

  it.each([
    ["1,000 items", { maxItems: 20, maxSize: 10 }, 1_000, Infinity],
    ["a whole batch when that is more", { maxItems: 5_000, maxSize: Infinity }, 5_000, Infinity],
    ["1,000 items when nothing limits a batch", { maxItems: Infinity, maxSize: Infinity }, 1_000, Infinity],
    ["five batches when only their size is limited", { maxItems: Infinity, maxSize: 10 }, Infinity, 50],
  ])("allows %s unless told otherwise", (_, limits, maxItems, maxSize) => {
    const resolved = policy().resolve(limits);
    expect(resolved).toMatchObject({ maxItems, maxSize });
    expect(resolved.decide(maxItems, maxSize, 0)).toBe(whenFull);
    expect(resolved.decide(0, 0, 1)).toBe("accept");
  });

  it("derives limits for each buffer by itself", () => {
    const shared = policy();
    expect(shared.resolve({ maxItems: 5_000, maxSize: Infinity }).maxItems).toBe(5_000);
    expect(shared.resolve(BY_COUNT).maxItems).toBe(1_000);
  });
});

describe("unbounded", () => {
  it("accepts everything", () => {
    const policy = unbounded().resolve({ maxItems: 1, maxSize: 1 });
    expect(policy.decide(1e9, 1e9, 1e9)).toBe("accept");
  });
});
