import { afterEach, beforeEach, expect, it } from "vitest";
import { describeWithRedis } from "../../../../../tooling/with-redis.ts";
import { ScriptBench } from "../../../test/script-bench.ts";
import { buryScript } from "./bury-script.ts";

describeWithRedis("burying entries", () => {
  let bench: ScriptBench;

  beforeEach(() => {
    bench = new ScriptBench();
  });

  afterEach(() => bench.close());

  const bury = (...args: string[]) =>
    buryScript.run(bench.connection, [bench.stream, `${bench.stream}:dead`], ["g", "c", ...args]);

  it("keeps their fields with notes on them, and the group forgets them; twice is once", async () => {
    const [first = "", second = "", third = ""] = await bench.give(3);
    for (let time = 1; time <= 2; time += 1) await bury(first, "rejected", "Error: no", second, "overflow", "");
    const notes = { "dead:stream": bench.stream, "dead:group": "g", "dead:deliveries": "1" };
    expect(await bench.dead()).toEqual([
      { n: "1", ...notes, "dead:id": first, "dead:reason": "rejected", "dead:error": "Error: no" },
      { n: "2", ...notes, "dead:id": second, "dead:reason": "overflow", "dead:error": "" },
    ]);
    expect((await bench.pendingRows()).map(([id]) => id)).toEqual([third]);
  });

  it("keeps notes alone on an entry with more fields than a script can pass on, which stays in the stream", async () => {
    const fields = Array.from({ length: 3_600 }, (_, index) => [`f${index}`, "v"]).flat();
    const [id = ""] = await bench.give(1);
    const wide = await bench.redis.xadd(bench.stream, "*", ...fields);
    await bench.redis.xreadgroup("GROUP", "g", "c", "COUNT", 1, "STREAMS", bench.stream, ">");
    await bury(id, "rejected", "", wide ?? "", "rejected", "Error: no");
    const [, dead] = await bench.dead();
    expect(dead).toEqual({
      "dead:fields": "3600",
      "dead:id": wide,
      "dead:stream": bench.stream,
      "dead:group": "g",
      "dead:deliveries": "1",
      "dead:reason": "rejected",
      "dead:error": "Error: no",
    });
    expect(await bench.pending()).toBe(0);
    expect(await bench.redis.xrange(bench.stream, wide ?? "", wide ?? "")).toHaveLength(1);
  });

  it("leaves alone what is in the hands of others", async () => {
    const [id = ""] = await bench.give(1, "other");
    await bury(id, "rejected", "");
    expect([await bench.pending(), await bench.dead()]).toEqual([1, []]);
  });

  it("forgets what was deleted from the stream", async () => {
    const [id = ""] = await bench.give(1);
    await bench.redis.xdel(bench.stream, id);
    await bury(id, "rejected", "");
    expect([await bench.pending(), await bench.dead()]).toEqual([0, []]);
  });
});
