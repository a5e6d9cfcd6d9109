import { RedisConnection } from "@disp/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { describeWithRedis, redisUrl, uniqueName } from "../../../../tooling/with-redis.ts";
import { acquireArg, DEDUP_SCRIPT, releaseArg, renewArg } from "./redis-dedup-script.ts";

describe("milliseconds", () => {
  it("are rounded up, and no longer than Redis takes", () => {
    expect([acquireArg(0), acquireArg(0.25), acquireArg(99.5), acquireArg(100)]).toEqual([0, 1, 100, 100]);
    expect([renewArg(0.25), releaseArg(0)]).toEqual(["r1", "e0"]);
    expect([acquireArg(1e300), renewArg(1e300)]).toEqual([9_007_199_254_740_991, "r9007199254740991"]);
  });
});

const LONG = 60_000;

describeWithRedis("the script", () => {
  let client: Redis;
  let connection: RedisConnection;
  let name: string;

  beforeAll(() => {
    client = new Redis(redisUrl);
    connection = new RedisConnection({ client, timeoutMs: 60_000 });
  });

  beforeEach(() => {
    name = uniqueName();
  });

  afterAll(() => client.disconnect());

  const run = (owner: string, ...runs: (readonly [key: string, number: number, order: string | number])[]) =>
    DEDUP_SCRIPT.run(
      connection,
      [`${name}:generation`, ...runs.map(([key]) => `${name}:${key}`)],
      [owner, ...runs.flatMap(([, number, order]) => [number, order])],
    );
  const ttl = (key: string) => client.pttl(`${name}:${key}`);

  it("answers each run, in order, and each sees what those before it have done", async () => {
    const orders = [acquireArg(LONG), releaseArg(0), acquireArg(LONG), renewArg(LONG)] as const;
    const [acquire, release, again, renew] = orders;
    const answers = await run(
      "me",
      ["a", 1, acquire],
      ["a", 2, acquire],
      ["a", 1, release],
      ["a", 3, again],
      ["a", 1, renew],
      ["a", 3, renew],
    );
    expect(answers).toEqual([1, 0, 1, 1, 0, 1]);
  });

  it("takes a call that comes twice for one", async () => {
    expect(await run("me", ["a", 1, acquireArg(LONG)])).toEqual([1]);
    expect(await run("me", ["a", 1, acquireArg(LONG)])).toEqual([1]);
    expect(await run("me", ["a", 2, acquireArg(LONG)])).toEqual([0]);
    expect(await run("you", ["a", 1, acquireArg(LONG)])).toEqual([0]);
    expect(await run("me", ["a", 1, releaseArg(LONG)])).toEqual([1]);
    expect(await run("me", ["a", 1, releaseArg(0)])).toEqual([0]);
    expect(await run("you", ["a", 1, acquireArg(LONG)])).toEqual([0]);
  });

  it("frees what a call has taken that nobody waits for any more, and only that", async () => {
    await run("me", ["a", 1, acquireArg(LONG)]);
    await run("me", ["a", 1, releaseArg(0)]);
    expect(await run("you", ["a", 1, acquireArg(LONG)])).toEqual([1]);
    expect(await run("me", ["a", 1, releaseArg(0)])).toEqual([0]);
    expect(await ttl("a")).toBeGreaterThan(0);
  });

  it("takes no time for none: the key is given, and free again", async () => {
    expect(await run("me", ["a", 1, acquireArg(0)], ["a", 2, acquireArg(0)])).toEqual([1, 1]);
    expect(await run("me", ["a", 3, acquireArg(LONG)], ["a", 4, acquireArg(0)])).toEqual([1, 0]);
    expect(await run("me", ["a", 3, renewArg(0)])).toEqual([1]);
    expect(await ttl("a")).toBe(-2);
  });

  it("gives each key an end, and only the generation has none", async () => {
    const long = [acquireArg(1e300), renewArg(1e300), releaseArg(1e300)] as const;
    await run("me", ["a", 1, long[0]], ["b", 2, long[0]], ["b", 2, long[1]], ["c", 3, long[0]], ["c", 3, long[2]]);
    for (const key of ["a", "b", "c"]) expect(await ttl(key)).toBeGreaterThan(9e15);
    expect(await ttl("generation")).toBe(-2);
  });

  it("forgets what other generations have taken, later ones included", async () => {
    await run("me", ["a", 1, acquireArg(LONG)], ["b", 2, acquireArg(LONG)], ["b", 2, releaseArg(LONG)]);
    await client.set(`${name}:generation`, "10", "PX", LONG);
    const renew = ["a", 1, renewArg(LONG)] as const;
    expect(await run("me", renew, ["a", 1, releaseArg(LONG)], ["a", 3, acquireArg(LONG)])).toEqual([0, 0, 1]);
    expect(await run("me", ["b", 4, acquireArg(LONG)], ["b", 5, acquireArg(LONG)])).toEqual([1, 0]);
    // A number that another one begins with is another number.
    await client.set(`${name}:generation`, "1", "PX", LONG);
    expect(await run("me", ["a", 6, acquireArg(LONG)])).toEqual([1]);
  });
});
