import { afterEach, beforeEach, expect, it } from "vitest";
import { describeWithRedis } from "../../../../../tooling/with-redis.ts";
import { ScriptBench } from "../../../test/script-bench.ts";
import { claimScript } from "./claim-script.ts";

const MINUTE_MS = 60_000;

describeWithRedis("claiming entries", () => {
  let bench: ScriptBench;

  beforeEach(() => {
    bench = new ScriptBench();
  });

  afterEach(() => bench.close());

  interface Claim {
    readonly ids: readonly string[];
    readonly owner?: string;
    readonly idleMs?: number;
    readonly most?: number;
    readonly hasDead?: boolean;
  }

  const claim = ({ ids, owner = "", idleMs = MINUTE_MS, most = 5, hasDead = true }: Claim) =>
    claimScript.run(bench.connection, hasDead ? [bench.stream, `${bench.stream}:dead`] : [bench.stream], [
      "g",
      "mine",
      owner,
      idleMs,
      most,
      ...ids,
    ]);

  it("takes over what is deserted, and nothing else", async () => {
    const ids = await bench.give(3);
    await bench.desert(ids[0]!, MINUTE_MS);
    await bench.desert(ids[1]!, MINUTE_MS / 2);
    expect(await claim({ ids })).toEqual([{ id: ids[0], fields: { n: "1" }, deliveries: 2 }]);
    expect((await bench.pendingRows()).map(([, consumer]) => consumer)).toEqual(["mine", "c", "c"]);
    expect(await claim({ ids })).toEqual([]);
  });

  it("takes over from one consumer only, if it is told so", async () => {
    const [first = ""] = await bench.give(1, "c");
    const [second = ""] = await bench.give(1, "other");
    const claimed = await claim({ ids: [first, second], owner: "other", idleMs: 0 });
    expect(claimed.map(({ id }) => id)).toEqual([second]);
  });

  it("does not find what was acknowledged meanwhile, and forgets what was deleted", async () => {
    const [first = "", second = ""] = await bench.give(2);
    await bench.redis.xack(bench.stream, "g", first);
    await bench.redis.xdel(bench.stream, second);
    expect(await claim({ ids: [first, second], idleMs: 0 })).toEqual([]);
    expect(await bench.pending()).toBe(0);
  });

  it("buries what had all its deliveries, where there are dead letters", async () => {
    const ids = await bench.give(1);
    expect(await claim({ ids, idleMs: 0, most: 1, hasDead: false })).toMatchObject([{ deliveries: 2 }]);
    expect(await claim({ ids, idleMs: 0, most: 2 })).toEqual([]);
    expect(await bench.dead()).toMatchObject([{ n: "1", "dead:deliveries": "2" }]);
    expect(await bench.pending()).toBe(0);
  });
});
