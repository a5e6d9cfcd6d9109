import { describe, expect, it } from "vitest";
import { Admission } from "./admission.ts";
import { BatchRecord } from "./batch-record.ts";
import { Ledger } from "./ledger.ts";
import { type BatchBufferOptions, normalize } from "./options.ts";
import { blockNewItems, unbounded } from "./overflow-policies.ts";
import type { OverflowPolicy } from "./overflow-policy.ts";

function setUp(options: BatchBufferOptions<string>, sizes: readonly number[] = []) {
  const ledger = new Ledger();
  const growing = new BatchRecord<string>(1, 0, false);
  for (const size of sizes) growing.append("item", size, undefined);
  return { ledger, growing, admission: new Admission(normalize(options), ledger) };
}

describe("Admission", () => {
  it("asks about everything that is live: what was cut, and what grows", () => {
    const asked: number[][] = [];
    const overflow: OverflowPolicy = {
      resolve: () => overflow,
      decide: (...numbers) => {
        asked.push(numbers);
        return "accept";
      },
    };
    const { ledger, growing, admission } = setUp({ overflow }, [3, 4]);
    ledger.enter("unleased", 5, 50);
    admission.ask(undefined, 2);
    admission.ask(growing, 2);
    expect(asked).toEqual([
      [5, 50, 2],
      [7, 57, 2],
    ]);
  });

  it.each([
    ["the batch is full with one more than they", { maxItems: 6 }, 3],
    ["there is no room for more", { maxItems: 100, overflow: blockNewItems({ maxItems: 14 }) }, 2],
    ["there is no room at all", { maxItems: 100, overflow: blockNewItems({ maxItems: 3 }) }, 0],
    ["nothing is limited", { maxItems: Infinity, overflow: unbounded() }, Infinity],
    ["the batch is limited by size, too", { maxItems: 6, maxSize: 9 }, 3],
    ["what is live is limited by size", { maxItems: 6, overflow: blockNewItems({ maxSize: 1_000 }) }, 0],
  ])("lets so many join: %s", (_, options, joiners) => {
    const { ledger, growing, admission } = setUp(options, [1, 1]);
    ledger.enter("unleased", 10, 10);
    expect(admission.joiners(growing)).toBe(joiners);
  });

  it("has those for joiners that leave room in the batch", () => {
    const { growing, admission } = setUp({ maxSize: 10 }, [3]);
    const sizes = [
      1,
      6.9,
      7,
      8,
      100,
      0,
      -0,
      -1,
      Number.NaN,
      Infinity,
      undefined,
      "1" as never,
      null as never,
      1n as never,
    ];
    expect(sizes.filter((size) => admission.isJoiner(size, growing))).toEqual([1, 6.9]);
  });

  it("has those without a size for joiners, and those with any, where batches are not limited by size", () => {
    const { growing, admission } = setUp({}, [3]);
    const sizes = [undefined, 1, 1e300, 0, -1, Number.NaN, Infinity, "1" as never, null as never];
    expect(sizes.filter((size) => admission.isJoiner(size, growing))).toEqual([undefined, 1, 1e300]);
  });

  it.each([undefined, 1_000])("has none with a size where the policy may look at sizes: maxSize %s", (maxSize) => {
    const overflow: OverflowPolicy = {
      maxItems: 100,
      ...(maxSize === undefined ? {} : { maxSize }),
      resolve: () => overflow,
      decide: () => "accept",
    };
    const { growing, admission } = setUp({ maxSize: 10, overflow }, [3]);
    expect([1, undefined].filter((size) => admission.isJoiner(size, growing))).toEqual([]);
  });
});
