import { afterEach, beforeEach, expect, it } from "vitest";
import { describeWithRedis } from "../../../../../tooling/with-redis.ts";
import { ScriptBench } from "../../../test/script-bench.ts";
import { releaseScript } from "./release-script.ts";

const HOUR_MS = 3_600_000;

describeWithRedis("releasing entries", () => {
  let bench: ScriptBench;

  beforeEach(() => {
    bench = new ScriptBench();
  });

  afterEach(() => bench.close());

  it("makes them look deserted, with as many deliveries as one says, if they are in one's own hands", async () => {
    const [untried = "", tried = "", kept = ""] = await bench.give(3);
    const [foreign = ""] = await bench.give(1, "other");
    const args = ["g", "c", HOUR_MS, untried, 0, tried, 1, foreign, 0, "1-1", 0];
    await releaseScript.run(bench.connection, [bench.stream], args);
    const rows = await bench.pendingRows();
    expect(rows.map(([id, consumer, idleMs, deliveries]) => [id, consumer, idleMs >= HOUR_MS, deliveries])).toEqual([
      [untried, "c", true, 0],
      [tried, "c", true, 1],
      [kept, "c", false, 1],
      [foreign, "other", false, 1],
    ]);
  });
});
