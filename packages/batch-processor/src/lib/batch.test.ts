import { describe, expect, it } from "vitest";
import { Batch, RUNNING, SETTLED } from "./batch.ts";
import { joinBatch } from "./operation.ts";

const add = (sum: { n: number }) => (sum.n += 1);

function setUp() {
  const emptied: string[] = [];
  const host = { waiting: 0, emptied: ({ key }: Batch<{ n: number }>) => void emptied.push(key) };
  const batch = new Batch<{ n: number }>(host, "a", 0, 0);
  const join = (): { cancel: () => void; end: Promise<unknown> } => {
    const abort = new AbortController();
    const end = joinBatch(batch, add, abort.signal).catch((error: unknown) => error);
    return { cancel: () => abort.abort(), end };
  };
  return { batch, host, emptied, join };
}

describe("Batch", () => {
  it("counts what waits, for itself and for all", () => {
    const { batch, host, join } = setUp();
    const joined = [join(), join(), join()];
    expect([batch.live, host.waiting]).toEqual([3, 3]);
    joined[1]?.cancel();
    joined[1]?.cancel();
    expect([batch.live, batch.cancelledCount, host.waiting]).toEqual([2, 1, 2]);
    batch.stage = RUNNING;
    for (const operation of batch.operations) operation?.run({ n: 0 });
    for (const operation of batch.operations) operation?.run({ n: 0 });
    expect([batch.live, host.waiting]).toEqual([2, 0]);
  });

  it("has no more empty places than others, and keeps the order", async () => {
    const { batch, join } = setUp();
    const joined = Array.from({ length: 100 }, join);
    joined.forEach(({ cancel }, index) => {
      if (index % 10 !== 3) cancel();
      expect(batch.operations.length).toBeLessThanOrEqual(2 * Math.max(batch.live, 1));
    });
    expect(batch.live).toBe(10);
    const sum = { n: 0 };
    for (const operation of batch.operations) operation?.run(sum);
    batch.settle(undefined);
    const results = await Promise.all(joined.map(({ end }) => end));
    expect(results.filter((result) => typeof result === "number")).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("keeps its places while its operations run", () => {
    const { batch, join } = setUp();
    const joined = Array.from({ length: 10 }, join);
    batch.stage = RUNNING;
    batch.operations[0]?.run({ n: 0 });
    for (const { cancel } of joined) cancel();
    expect([batch.operations.length, batch.live]).toEqual([10, 1]);
  });

  it("says so when its last operation is cancelled, unless its turn has come", () => {
    const early = setUp();
    early.join().cancel();
    expect(early.emptied).toEqual(["a"]);
    const late = setUp();
    const joined = late.join();
    late.batch.stage = RUNNING;
    joined.cancel();
    expect([late.emptied, late.batch.live]).toEqual([[], 0]);
  });

  it("settles everybody when it fails, and waits for nothing any longer", async () => {
    const { batch, host, join } = setUp();
    const joined = [join(), join()];
    batch.operations[0]?.run({ n: 0 });
    const failure = new Error("failure");
    batch.settle(failure);
    expect(await Promise.all(joined.map(({ end }) => end))).toEqual([failure, failure]);
    expect([host.waiting, batch.stage]).toEqual([0, SETTLED]);
  });
});
