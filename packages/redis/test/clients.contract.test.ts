import { CoalescedScript, defineScript, keySlot, RedisConnection, redisKey } from "@disp/redis";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type RedisCluster, startRedisCluster } from "../../../tooling/redis-cluster.ts";
import { describeWithOwnRedis, describeWithRedis, redisUrl, uniqueName } from "../../../tooling/with-redis.ts";
import { CLIENTS, CLUSTER_CLIENTS, type Connect, type Connected } from "./clients.ts";

/** Half a minute: nothing here outlives its test by much. */
const TTL_MS = 30_000;

/** What the family needs of Redis, whatever the client. */
function describeClient(connect: Connect, url: () => string, isCluster: boolean): void {
  let connected: Connected;
  let connection: RedisConnection;
  let name: string;

  beforeEach(async () => {
    connected = await connect(url());
    connection = new RedisConnection({ client: connected.client, timeoutMs: 10_000 });
    name = uniqueName();
  });

  afterEach(() => connected.close());

  it("is known to be a cluster or none", () => {
    expect(connection.isCluster).toBe(isCluster);
  });

  it("brings strings, whole numbers, nothing and lists as they are", async () => {
    const key = `${name}: ключ\r\n\0🗝️`;
    const send = (...args: string[]) => connection.send(args, { key });
    expect(await send("SET", key, "значение\r\n\0", "PX", String(TTL_MS))).toBe("OK");
    expect(await send("GET", key)).toBe("значение\r\n\0");
    expect(await send("GETDEL", key)).toBe("значение\r\n\0");
    expect(await send("GET", key)).toBeNull();
    expect(await send("EXISTS", key)).toBe(0);
    const script = 'return {1, "a", false, {KEYS[1], ARGV[1]}, "", {}}';
    expect(await send("EVAL", script, "1", key, "")).toEqual([1, "a", null, [key, ""], "", []]);
  });

  it("brings errors of the server as they are", async () => {
    await connection.send(["SET", name, "text", "PX", String(TTL_MS)], { key: name });
    await expect(connection.send(["LPUSH", name, "a"], { key: name })).rejects.toThrow("WRONGTYPE");
    await expect(connection.send(["NOSUCHCOMMAND", name], { key: name })).rejects.toThrow("unknown command");
  });

  it("runs scripts that the server does not know yet, and after it has forgotten them", async () => {
    const script = defineScript(`return {KEYS[1], ARGV[1], "${name}"}`, (reply) => reply);
    const answer = ["k", "7", name];
    expect(await script.run(connection, ["k"], [7])).toEqual(answer);
    expect(await script.run(connection, ["k"], [7])).toEqual(answer);
  });

  it("runs scripts on keys of all nodes at once", async () => {
    const script = defineScript(`return KEYS[1] .. " of ${name}"`, String);
    const keys = Array.from({ length: 50 }, (_, index) => `key ${index}`);
    const answers = await Promise.all(keys.map((key) => script.run(connection, [key], [])));
    expect(answers).toEqual(keys.map((key) => `${key} of ${name}`));
  });

  it("takes many runs in one call for each group", async () => {
    const script = defineScript(
      `local answers = {}
       for i = 2, #KEYS do
         redis.call("INCRBY", KEYS[i], ARGV[i])
         redis.call("PEXPIRE", KEYS[i], ARGV[1])
         answers[i - 1] = ARGV[i] .. " " .. KEYS[1]
       end
       return answers`,
      (reply) => reply,
    );
    const counters = new CoalescedScript({ connection, script, maxRuns: 7 });
    const groups = ["a", "b", "c"].map((tag) => ({
      tag,
      group: { sharedKeys: [redisKey(name, tag, "shared")], sharedArgs: [TTL_MS] },
    }));
    const runs = groups.flatMap(({ tag, group }) =>
      Array.from({ length: 20 }, (_, index) => ({ tag, group, n: index + 1 })),
    );
    const answers = runs.map(({ tag, group, n }) => counters.run(group, redisKey(name, tag, "sum"), [n]));
    expect(await Promise.all(answers)).toEqual(runs.map(({ tag, n }) => `${n} ${redisKey(name, tag, "shared")}`));
    for (const { tag } of groups) {
      const key = redisKey(name, tag, "sum");
      expect(await connection.send(["GET", key], { key })).toBe("210");
    }
  });

  it("has slots as the server has them", async () => {
    const keys = [name, "", "123456789", "a{b}c", "{}a", "a{}b{c}", "{a", "a}{b}", "{{a}}", "ключ{🗝️}", "}{"];
    if (!isCluster) return;
    for (const key of keys) {
      expect([key, await connection.send(["CLUSTER", "KEYSLOT", key], { key: name })]).toEqual([key, keySlot(key)]);
    }
  });

  it("opens a second connection that may block", async () => {
    const second = await connection.duplicate();
    const popped = second.connection.send(["BLPOP", name, "0"], { key: name, timeoutMs: 10_000 });
    await connection.send(["LPUSH", name, "a"], { key: name });
    expect(await popped).toEqual([name, "a"]);
    second.close();
  });

  it("can be closed and says so at once", async () => {
    await connection.send(["GET", name], { key: name });
    connected.close();
    await expect(connection.send(["GET", name], { key: name })).rejects.toMatchObject({
      code: "DISP_REDIS_UNAVAILABLE",
      command: "GET",
      reason: "connection",
    });
  });
}

describeWithRedis("one server", () => {
  describe.each(Object.entries(CLIENTS))("through %s", (_, connect) => {
    describeClient(connect, () => redisUrl, false);
  });
});

describeWithOwnRedis("a cluster", { timeout: 0 }, () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await startRedisCluster();
  }, 0);

  afterAll(() => cluster.stop());

  describe.each(Object.entries(CLUSTER_CLIENTS))("through %s", (_, connect) => {
    describeClient(connect, () => cluster.nodes[0]?.url ?? "", true);
  });
});
