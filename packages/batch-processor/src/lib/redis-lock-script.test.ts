import { RedisConnection } from "@disp/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeWithRedis, redisUrl, uniqueName } from "../../../../tooling/with-redis.ts";
import { ACQUIRE, LOCK_SCRIPT, readAcquired, RELEASE, RENEW } from "./redis-lock-script.ts";

describe("readAcquired", () => {
  it("reads a token or a refusal, from numbers and from strings", () => {
    expect([readAcquired(1_800_000_000_000_001), readAcquired("7")]).toEqual([1_800_000_000_000_001, 7]);
    expect(readAcquired([250, 1])).toEqual({ waitMs: 250, isNext: true });
    expect(readAcquired(["9", "0"])).toEqual({ waitMs: 9, isNext: false });
  });
});

describeWithRedis("LOCK_SCRIPT", { timeout: 0 }, () => {
  /** Nothing here ends by itself, unless a test lets it. */
  const LEASE_MS = 60_000;
  const NEXT_MS = 30_000;
  let client: Redis;
  let connection: RedisConnection;

  beforeAll(() => {
    client = new Redis(redisUrl);
    connection = new RedisConnection({ client, timeoutMs: LEASE_MS });
  });

  afterAll(() => client.disconnect());

  const setUp = ({ leaseMs = LEASE_MS, nextMs = NEXT_MS } = {}) => {
    const name = uniqueName();
    const keyOf = (key: string): string => `{${name}}:${key}`;
    const run = async (...runs: [deed: string, key: string, me: string][]): Promise<unknown[]> => {
      const keys = [keyOf("token"), ...runs.map(([, key]) => keyOf(key))];
      const args = runs.flatMap(([deed, , me]) => [deed, me]);
      return (await LOCK_SCRIPT.run(connection, keys, [leaseMs, nextMs, LEASE_MS, ...args])) as unknown[];
    };
    return { run, keyOf };
  };

  /** The token of an acquire. */
  const token = expect.any(Number) as number;
  const refused = (isNext: 0 | 1): unknown => [expect.any(Number), isNext];

  it("gives a free key, refuses others, and gives it again to who has it", async () => {
    const { run } = setUp();
    const [first] = await run([ACQUIRE, "k", "ann"]);
    expect(first).toEqual(token);
    expect(await run([ACQUIRE, "k", "bob"])).toEqual([refused(1)]);
    const [again] = await run([ACQUIRE, "k", "ann"]);
    expect(again).toBeGreaterThan(first as number);
  });

  it("says how long the holder has the key at most", async () => {
    const { run } = setUp();
    await run([ACQUIRE, "k", "ann"]);
    const [[waitMs]] = (await run([ACQUIRE, "k", "bob"])) as [[number, number]];
    expect(waitMs > 0 && waitMs <= LEASE_MS).toBe(true);
  });

  it("does all runs of a call in their order", async () => {
    const { run } = setUp();
    await run([ACQUIRE, "k", "ann"]);
    expect(await run([RELEASE, "k", "ann"], [ACQUIRE, "k", "bob"], [RENEW, "k", "ann"], [ACQUIRE, "j", "ann"])).toEqual(
      [...[1, token, 0, token]],
    );
  });

  it("keeps a free key for the first who was refused, and for nobody after that", async () => {
    const { run } = setUp();
    await run([ACQUIRE, "k", "ann"]);
    expect(await run([ACQUIRE, "k", "bob"], [ACQUIRE, "k", "cid"])).toEqual([refused(1), refused(0)]);
    await run([RELEASE, "k", "ann"]);
    const [[waitMs, isNext]] = (await run([ACQUIRE, "k", "ann"])) as [[number, number]];
    expect([waitMs > 0 && waitMs <= NEXT_MS, isNext]).toEqual([true, 0]);
    expect(await run([ACQUIRE, "k", "bob"], [RELEASE, "k", "bob"], [ACQUIRE, "k", "ann"])).toEqual([token, 1, token]);
  });

  it("keeps a free key no longer than it was told", async () => {
    const { run } = setUp({ nextMs: 1 });
    await run([ACQUIRE, "k", "ann"]);
    await run([ACQUIRE, "k", "bob"]);
    await run([RELEASE, "k", "ann"]);
    // A millisecond of the server: what this test is about.
    const before = Number((await client.time())[1]);
    while (Math.abs(Number((await client.time())[1]) - before) < 1_100);
    expect(await run([ACQUIRE, "k", "cid"])).toEqual([token]);
  });

  it("takes the place of who is next back, and forgets the key when nothing is left", async () => {
    const { run, keyOf } = setUp();
    await run([ACQUIRE, "k", "ann"], [ACQUIRE, "k", "bob"]);
    expect(await run([RELEASE, "k", "bob"], [ACQUIRE, "k", "cid"])).toEqual([1, refused(1)]);
    expect(await run([RELEASE, "k", "ann"], [RELEASE, "k", "cid"])).toEqual([1, 1]);
    expect(await client.exists(keyOf("k"))).toBe(0);
  });

  it("lets nobody but the holder renew or release", async () => {
    const { run } = setUp();
    await run([ACQUIRE, "k", "ann"]);
    expect(await run([RENEW, "k", "bob"], [RELEASE, "k", "bob"], [RENEW, "k", "ann"])).toEqual([0, 0, 1]);
    expect(await run([RELEASE, "k", "ann"], [RELEASE, "k", "ann"], [RENEW, "k", "ann"])).toEqual([1, 0, 0]);
  });

  it("keeps who is next through a renewal", async () => {
    const { run } = setUp();
    await run([ACQUIRE, "k", "ann"], [ACQUIRE, "k", "bob"], [RENEW, "k", "ann"], [RELEASE, "k", "ann"]);
    expect(await run([ACQUIRE, "k", "cid"])).toEqual([refused(0)]);
  });

  it("ends a lease by the time of the server, and then lets nobody renew it", async () => {
    const { run } = setUp({ leaseMs: 1 });
    await run([ACQUIRE, "k", "ann"]);
    // A millisecond of the server: what this test is about.
    const before = Number((await client.time())[1]);
    while (Math.abs(Number((await client.time())[1]) - before) < 1_100);
    expect(await run([RENEW, "k", "ann"], [ACQUIRE, "k", "bob"])).toEqual([0, token]);
  });

  it("has tokens that grow over all keys, and a time to live for all it writes", async () => {
    const { run, keyOf } = setUp();
    const tokens = await run([ACQUIRE, "a", "ann"], [ACQUIRE, "b", "ann"], [ACQUIRE, "c", "ann"]);
    expect(tokens).toEqual([token, (tokens[0] as number) + 1, (tokens[0] as number) + 2]);
    for (const name of ["token", "a", "b", "c"]) expect(await client.pttl(keyOf(name))).toBeGreaterThan(0);
  });
});
