import { afterEach, beforeEach, expect, it } from "vitest";
import { describeWithRedis } from "../../../../../tooling/with-redis.ts";
import { ScriptBench } from "../../../test/script-bench.ts";
import { refreshScript } from "./refresh-script.ts";

const HOUR_MS = 3_600_000;

describeWithRedis("refreshing entries", () => {
  let bench: ScriptBench;

  beforeEach(() => {
    bench = new ScriptBench();
  });

  afterEach(() => bench.close());

  it("makes them look cared for, without a delivery, if they are in one's own hands", async () => {
    const [own = "", left = ""] = await bench.give(2);
    const [foreign = ""] = await bench.give(1, "other");
    for (const id of [own, left]) await bench.desert(id, HOUR_MS);
    await bench.desert(foreign, HOUR_MS, "other");
    await refreshScript.run(bench.connection, [bench.stream], ["g", "c", own, foreign, "1-1"]);
    const rows = await bench.pendingRows();
    expect(rows.map(([id, consumer, idleMs, deliveries]) => [id, consumer, idleMs < HOUR_MS, deliveries])).toEqual([
      [own, "c", true, 1],
      [left, "c", false, 1],
      [foreign, "other", false, 1],
    ]);
  });
});
