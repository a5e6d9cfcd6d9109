import { type CommandSender, RedisConnection } from "@disp/redis";
import { RedisKeyedRateLimiter, RedisRateLimiter } from "@disp/ratelimit/redis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RedisCluster, startRedisCluster } from "../../../tooling/redis-cluster.ts";
import { describeWithOwnRedis, describeWithRedis, redisUrl, uniqueName } from "../../../tooling/with-redis.ts";
import { CLIENTS, CLUSTER_CLIENTS, type Connect, type Connected } from "../../../tooling/redis-clients.ts";

const UNTIMED = { timeout: 0 };
/** For a server that is busy with the other tests. */
const PATIENT = { timeoutMs: 60_000 };
const HOURLY = 1 / 3_600;

/** What limits in Redis promise, whatever the client. */
function describeLimiters(connect: Connect, url: () => string): void {
  let connected: Connected;
  let settings: { client: Connected["client"]; timeoutMs: number; prefix: string };

  beforeEach(async () => {
    connected = await connect(url());
    settings = { client: connected.client, ...PATIENT, prefix: uniqueName() };
  });
  afterEach(() => connected.close());

  it("grant the burst and no more, over many keys at once", async () => {
    const limiter = new RedisKeyedRateLimiter({ ...settings, ratePerSecond: HOURLY, burst: 3 });
    const keys = Array.from({ length: 300 }, (_, index) => `user ${index}`);
    const answers = await Promise.all(keys.flatMap((key) => [1, 2, 3, 4].map(() => limiter.allow(key))));
    expect(answers.map(Number)).toEqual(keys.flatMap(() => [1, 1, 1, 0]));
  });

  it("hold several tiers at once, and charge none when one denies", async () => {
    const tiers = [
      { ratePerSecond: HOURLY, burst: 4 },
      { ratePerSecond: HOURLY / 10, burst: 6 },
    ];
    const limiter = new RedisRateLimiter({ ...settings, key: "tiers", tiers });
    expect(await limiter.check(3)).toEqual({ allowed: true, remaining: 1 });
    expect(await limiter.check(2)).toMatchObject({ allowed: false, remaining: 1 });
    expect([await limiter.allow(1), await limiter.peek()]).toEqual([true, 0]);
  });

  it("wait in order, with all in one process", async () => {
    const limiter = new RedisRateLimiter({ ...settings, key: "line", ratePerSecond: 200, burst: 5 });
    const order: number[] = [];
    const wants = Array.from({ length: 20 }, (_, index) => (index % 4) + 1);
    await Promise.all(wants.map((n, index) => limiter.wait(n).then(() => order.push(index))));
    expect(order).toEqual(wants.map((_, index) => index));
  });

  it("give back what came too late", async () => {
    const limiter = new RedisRateLimiter({ ...settings, key: "late", ratePerSecond: HOURLY, burst: 9 });
    const controller = new AbortController();
    const waits = [3, 4].map((n) => limiter.wait(n, { signal: controller.signal }).catch(() => "aborted"));
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    controller.abort();
    const outcomes = await Promise.all(waits);
    await limiter.close();
    const kept = [3, 4].reduce((sum, n, index) => (outcomes[index] === "aborted" ? sum : sum + n), 0);
    const fresh = new RedisRateLimiter({ ...settings, key: "late", ratePerSecond: HOURLY, burst: 9 });
    expect(await fresh.peek()).toBe(9 - kept);
  });

  it("hold leases, penalties and resets", async () => {
    const options = { ...settings, key: "lease", ratePerSecond: HOURLY, burst: 10 };
    const limiter = new RedisRateLimiter({ ...options, lease: { tokens: 4, ttlMs: 60_000 } });
    const answers: boolean[] = [];
    for (let time = 0; time < 14; time += 1) answers.push(await limiter.allow());
    expect(answers.filter(Boolean)).toHaveLength(10);
    await limiter.reset();
    await limiter.penalize(60_000);
    expect(await new RedisRateLimiter(options).check()).toMatchObject({ allowed: false, remaining: 0 });
    await limiter.close();
  });

  it("leave no key without an end", async () => {
    const limiter = new RedisKeyedRateLimiter({
      ...settings,
      tiers: [{ ratePerSecond: 0.7, burst: 3 }, { ratePerSecond: 1 / 86_400 }],
    });
    await Promise.all(["a", "b", "c"].map((key) => limiter.allow(key)));
    await limiter.penalize("d", 1_500);
    const connection = new RedisConnection({ client: connected.client, ...PATIENT });
    for (const key of ["a", "b", "c", "d"]) {
      const names = ["0.7/s+3", `${1 / 86_400}/s+1`].map((part) => `${settings.prefix}:{${key}}:${part}`);
      const ttls = await Promise.all(names.map((name) => connection.send(["PTTL", name], { key: name }).then(Number)));
      expect(ttls.some((ttl) => ttl > 0)).toBe(true);
      expect(ttls).not.toContain(-1);
    }
  });
}

describe.each(Object.entries(CLIENTS))("by %s", (_, connect) => {
  describeWithRedis("limits in Redis", UNTIMED, () => describeLimiters(connect, () => redisUrl));
});

describeWithOwnRedis("in a cluster", UNTIMED, () => {
  let cluster: RedisCluster;
  beforeAll(async () => void (cluster = await startRedisCluster()), 0);
  afterAll(() => cluster.stop(), 0);

  describe.each(Object.entries(CLUSTER_CLIENTS))("by %s, limits", (_, connect) => {
    describeLimiters(connect, () => cluster.nodes[0]?.url ?? "");
  });
});

describeWithRedis("a client of another kind", UNTIMED, () => {
  it("needs no more than to send", async () => {
    const connected = await (CLIENTS["ioredis"] as Connect)(redisUrl);
    const connection = new RedisConnection({ client: connected.client, ...PATIENT });
    const client: CommandSender = { send: (command, args) => connection.send([command, ...args], { key: args[2] }) };
    const limiter = new RedisRateLimiter({ client, ...PATIENT, key: uniqueName(), ratePerSecond: HOURLY, burst: 2 });
    expect([await limiter.allow(), await limiter.allow(), await limiter.allow()]).toEqual([true, true, false]);
    connected.close();
  });
});
