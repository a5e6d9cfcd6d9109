import { afterEach, beforeEach, expect, it } from "vitest";
import { describeWithRedis } from "../../../../../tooling/with-redis.ts";
import { ScriptBench } from "../../../test/script-bench.ts";
import { Holdings } from "./holdings.ts";
import { PendingSweep, type SweepRange } from "./pending-sweep.ts";
import { StreamErrors } from "./stream-errors.ts";
import { normalize } from "./stream-options.ts";

describeWithRedis("a sweep", () => {
  let bench: ScriptBench;

  beforeEach(() => {
    bench = new ScriptBench();
  });

  afterEach(() => bench.close());

  function setUp(range: Partial<SweepRange> = {}) {
    const options = normalize({ client: bench.redis, stream: bench.stream, group: "g", consumer: "c", batchSize: 2 });
    const holdings = new Holdings(options, new StreamErrors(bench.stream, () => {}));
    const sweep = new PendingSweep(options, holdings, { owner: "", idleMs: 0, after: undefined, ...range });
    const all = async (): Promise<string[][]> => {
      const pages: string[][] = [];
      while (!sweep.isOver) pages.push((await sweep.next()).map(({ id }) => id));
      return pages;
    };
    return { holdings, sweep, all };
  }

  it("takes everything over page by page, and is over after a page that is not full", async () => {
    const ids = await bench.give(5, "gone");
    const { sweep, all } = setUp();
    expect(await all()).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
    expect(sweep.lastId).toBe(ids[4]);
  });

  it("passes over what is in one's hands", async () => {
    const ids = await bench.give(5, "gone");
    const { holdings, all } = setUp();
    for (const id of ids.slice(0, 3)) holdings.keep({ id, fields: {}, deliveries: 1 });
    expect(await all()).toEqual([[], ids.slice(3, 4), ids.slice(4)]);
  });

  it("begins after an entry, and looks at one consumer only", async () => {
    const own = await bench.give(2);
    const foreign = await bench.give(2, "gone");
    expect(await setUp({ owner: "c", after: own[0] }).all()).toEqual([[own[1]]]);
    expect(await setUp({ owner: "gone", after: own[1] }).all()).toEqual([foreign, []]);
  });

  it("takes nothing for which somebody cares", async () => {
    await bench.give(1);
    const { sweep, all } = setUp({ idleMs: 60_000 });
    expect([await all(), sweep.lastId]).toEqual([[[]], undefined]);
  });
});
