import { RedisUnavailableError } from "@disp/redis";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ManualBuckets } from "../../../test/manual-buckets.ts";
import type { Asker } from "./buckets.ts";
import { FallbackBuckets } from "./fallback-buckets.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

const AWAY = new RedisUnavailableError("EVALSHA", "timeout", "nothing");

function setUp(hook?: (state: string) => void) {
  const redis = new ManualBuckets({ ratePerSecond: 10, burst: 10 });
  const local = new ManualBuckets({ ratePerSecond: 1, burst: 1 });
  const log: unknown[] = [];
  const buckets = new FallbackBuckets(redis, local, 1_000, (state, error) => {
    log.push(error === undefined ? state : [state, error]);
    hook?.(state);
  });
  const asker: Asker = { answer: ({ granted }) => log.push(granted), fail: (error) => log.push(error) };
  return { redis, local, log, buckets, asker };
}

describe("buckets with a fallback", () => {
  it("ask Redis as long as it answers, also with an error of its own", () => {
    const { redis, local, log, buckets, asker } = setUp();
    buckets.take("a", 1, asker);
    buckets.takeUpTo("a", 1, 5, asker);
    redis.answer(1, 9);
    redis.fail("WRONGTYPE");
    buckets.take("a", 1, asker);
    expect([redis.asked, local.asked, log]).toEqual([["1 x 1"], [], [1, "WRONGTYPE"]]);
  });

  it("answer those for whom Redis was away, and all after them without asking it", () => {
    const { redis, local, log, buckets, asker } = setUp();
    buckets.takeUpTo("a", 1, 5, asker);
    buckets.take("b", 2, asker);
    redis.fail(AWAY);
    redis.fail(AWAY);
    buckets.take("c", 3, asker);
    expect([redis.asked, local.asked, log]).toEqual([[], ["1 x 5", "2 x 1", "3 x 1"], [["away", AWAY]]]);
    local.answer(1, 0);
    expect(log).toEqual([["away", AWAY], 1]);
  });

  it("probe Redis now and then while they are used, one probe at a time, and go back when it proves well", async () => {
    const { redis, local, log, buckets, asker } = setUp();
    buckets.take("a", 1, asker);
    redis.fail(AWAY);
    // What failed has to go well again: other keys may be on nodes that were never away.
    const use = () => buckets.take("b", 1, asker);
    vi.advanceTimersByTime(999);
    use();
    expect(redis.probed).toEqual([]);
    vi.advanceTimersByTime(1);
    use();
    vi.advanceTimersByTime(5_000);
    use();
    expect(redis.probed).toEqual(["a"]);
    await redis.answerProbe(AWAY);
    use();
    expect(redis.probed).toEqual(["a"]);
    vi.advanceTimersByTime(1_000);
    use();
    expect([redis.probed, redis.asked]).toEqual([["a", "a"], []]);
    await redis.answerProbe();
    expect(log).toEqual([["away", AWAY], "back"]);
    use();
    expect([redis.asked, local.questions.length, vi.getTimerCount()]).toEqual([["1 x 1"], 6, 0]);
  });

  it("go on although the hook throws, whose error surfaces", async () => {
    const surfaced: unknown[] = [];
    const listen = (error: unknown) => surfaced.push(error);
    process.on("unhandledRejection", listen);
    const { redis, local, buckets, asker } = setUp((state) => {
      throw new Error(state);
    });
    buckets.take("a", 1, asker);
    redis.fail(AWAY);
    expect(local.asked).toEqual(["1 x 1"]);
    vi.useRealTimers();
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", listen);
    expect(surfaced).toEqual([new Error("away")]);
  });

  it("give back to Redis", async () => {
    const { redis, buckets } = setUp();
    await buckets.giveBack("a", 3, ["ticket"]);
    expect(redis.givenBack).toEqual([["a", 3, "ticket"]]);
  });
});
