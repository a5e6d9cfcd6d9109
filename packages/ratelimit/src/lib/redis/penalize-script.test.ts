import { RedisConnection } from "@disp/redis";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeWithRedis, redisUrl, uniqueName } from "../../../../../tooling/with-redis.ts";
import { type Connected, connectIoredis } from "../../../../../tooling/redis-clients.ts";
import { setClock, withClock } from "../../../test/server-clock.ts";
import { PENALIZE_SCRIPT } from "./penalize-script.ts";
import { TAKE_SCRIPT } from "./take-script.ts";

const START_US = 1_795_000_000_000_000;
const HEAD = [1, 1, 5];
const [TAKE, PENALIZE] = [withClock(TAKE_SCRIPT), withClock(PENALIZE_SCRIPT)];

let connected: Connected;
let connection: RedisConnection;
let keys: string[];

beforeAll(async () => {
  connected = await connectIoredis(redisUrl);
  connection = new RedisConnection({ client: connected.client, timeoutMs: 60_000 });
});
afterAll(() => connected.close());
beforeEach(() => {
  const name = uniqueName();
  keys = [`{${name}}:bucket`, `{${name}}:clock`];
});
afterEach(() => connection.send(["DEL", ...keys], { key: keys[0] }));

const at = (seconds: number) => setClock(connection, keys[1] as string, START_US + seconds * 1_000_000);
const take = (n: number, count = 1) => TAKE.run(connection, keys, [...HEAD, n, count]);
const penalize = (seconds: number) => PENALIZE.run(connection, keys, [...HEAD, seconds * 1_000_000]);

describeWithRedis("a penalty", { timeout: 0 }, () => {
  it("leaves no tokens until its time, then one, and more at the rate", async () => {
    await at(0);
    await penalize(10);
    expect(await take(1)).toEqual([0, 0, 10_000_000]);
    expect(await take(0)).toEqual([0, 0, 10_000_000]);
    await at(9.999999);
    expect(await take(0.001)).toEqual([0, 0, 1]);
    await at(10);
    expect(await take(1, 5)).toEqual([1, 0, 1_000_000]);
    await at(12);
    expect(await take(1, 5)).toEqual([2, 0, 1_000_000]);
  });

  it("leaves none when none would have been there by then", async () => {
    await at(0);
    await take(5);
    await penalize(0.25);
    expect(await take(1)).toEqual([0, 0, 1_000_000]);
  });

  it("does not shorten a longer one", async () => {
    await at(0);
    await penalize(10);
    await at(1);
    await penalize(2);
    expect(await take(1)).toEqual([0, 0, 9_000_000]);
    await penalize(20);
    expect(await take(1)).toEqual([0, 0, 20_000_000]);
  });

  it("can be as long as the longest that is allowed, in whole microseconds", async () => {
    await at(0);
    await penalize(1_000_000_000);
    await at(1);
    expect(await take(1)).toEqual([0, 0, 999_999_999_000_000]);
  });

  it("is refused for what is no bucket", async () => {
    await at(0);
    await connection.send(["SET", keys[0] as string, "no bucket", "PX", "60000"], { key: keys[0] });
    await expect(penalize(1)).rejects.toThrow("the key must hold a bucket, got a text");
  });

  it("is over by itself, in Redis as well", async () => {
    await PENALIZE_SCRIPT.run(connection, [keys[0] as string], [...HEAD, 60_000_000]);
    const ttl = Number(await connection.send(["PTTL", keys[0] as string], { key: keys[0] }));
    expect(ttl).toBeGreaterThan(0);
    expect(ttl).toBeLessThanOrEqual(65_000);
  });
});
