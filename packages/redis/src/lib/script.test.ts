import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Redis } from "ioredis";
import { describeWithOwnRedis } from "../../../../tooling/with-redis.ts";
import { type RedisServer, startRedis } from "../../../../tooling/redis-server.ts";
import { RedisConnection } from "./redis-connection.ts";
import { defineScript } from "./script.ts";

describeWithOwnRedis("a script", () => {
  let server: RedisServer;
  let client: Redis;
  let connection: RedisConnection;

  /** How often the server was told to do something since it was started. */
  const callsOf = async (command: string): Promise<number> => {
    const stats = await client.info("commandstats");
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  };

  beforeEach(async () => {
    server = await startRedis();
    client = new Redis(server.url);
    connection = new RedisConnection({ client, timeoutMs: 10_000 });
  });

  afterEach(async () => {
    client.disconnect();
    await server.stop();
  });

  it("is sent as a text once, however many calls need it", async () => {
    const script = defineScript("return ARGV[1]", Number);
    const answers = await Promise.all(Array.from({ length: 1_000 }, (_, index) => script.run(connection, [], [index])));
    expect(answers).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
    expect(await callsOf("eval")).toBe(1);
    await script.run(connection, [], [0]);
    expect(await callsOf("eval")).toBe(1);
  });

  it("is sent again, once, after the server has forgotten it", async () => {
    const script = defineScript("return redis.call('INCR', KEYS[1])", Number);
    await script.run(connection, ["count"], []);
    const before = Array.from({ length: 500 }, () => script.run(connection, ["count"], []));
    const flushed = client.script("FLUSH");
    const after = Array.from({ length: 500 }, () => script.run(connection, ["count"], []));
    const answers = await Promise.all([...before, ...after]);
    await flushed;
    expect(answers.sort((a, b) => a - b)).toEqual(Array.from({ length: 1_000 }, (_, index) => index + 2));
    expect(await callsOf("eval")).toBe(2);
  });

  it("that fails, fails the call that loads it, and those who waited try for themselves", async () => {
    const script = defineScript("return redis.call('INCR', KEYS[1])", Number);
    await client.set("text", "no number");
    const [bad, good] = await Promise.allSettled([
      script.run(connection, ["text"], []),
      script.run(connection, ["count"], []),
    ]);
    expect(bad).toMatchObject({
      status: "rejected",
      reason: { message: expect.stringContaining("not an integer") as string },
    });
    expect(good).toEqual({ status: "fulfilled", value: 1 });
  });

  it("that may not be loaded costs every call two tries more, and no more", async () => {
    await client.call("ACL", "SETUSER", "limited", "on", ">secret", "~*", "+@all", "-eval");
    const limited = new Redis(server.url.replace("//", "//limited:secret@"));
    const script = defineScript("return 1", Number);
    const calls = 300;
    const strict = new RedisConnection({ client: limited, timeoutMs: 10_000 });
    const outcomes = await Promise.allSettled(Array.from({ length: calls }, () => script.run(strict, [], [])));
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ reason: { message: expect.stringContaining("NOPERM") as string } });
    }
    expect(await callsOf("evalsha")).toBeLessThanOrEqual(2 * calls);
    limited.disconnect();
  });

  it("has one time budget for all that it takes", async () => {
    const slow = {
      // Each answer takes most of the budget, which leaves too little for a second one.
      async send(command: string, args: string[]) {
        const reply = client.call(command, args);
        reply.catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 300));
        return reply;
      },
    };
    const hasty = new RedisConnection({ client: slow, timeoutMs: 400 });
    const script = defineScript("return 1", Number);
    const outcomes = await Promise.allSettled([1, 2, 3].map(() => script.run(hasty, [], [])));
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: { reason: "timeout" } });
  });

  it("gets back the time in which the event loop stood still before its text was asked for", async () => {
    const stalling = {
      send(command: string, args: string[]) {
        const reply = client.call(command, args);
        if (command === "EVALSHA") standStill(600);
        return reply;
      },
    };
    const hasty = new RedisConnection({ client: stalling, timeoutMs: 400 });
    expect(await defineScript("return 1", Number).run(hasty, [], [])).toBe(1);
  });

  it("has the text it was given, and its reply is read", async () => {
    const script = defineScript("return {1, 2}", (reply) => (reply as number[]).length);
    expect(script.lua).toBe("return {1, 2}");
    expect(await script.run(connection, [], [])).toBe(2);
  });
});

describe("a script with the wrong words", () => {
  const sent: string[][] = [];
  const connection = new RedisConnection({ client: { send: (_, args) => Promise.resolve(sent.push(args)) } });
  const script = defineScript("return 1", Number);

  it("is not defined", () => {
    expect(() => defineScript(5 as never, Number)).toThrow(
      new TypeError("Cannot define a script: lua must be a string that is not empty, got 5"),
    );
    expect(() => defineScript("", Number)).toThrow(RangeError);
    expect(() => defineScript("return 1", undefined as never)).toThrow(
      new TypeError("Cannot define a script: read must be a function, got undefined"),
    );
  });

  it.each<[unknown[], string]>([
    [[undefined, [], []], "connection must be an object with send(), got undefined"],
    [[connection, "key", []], 'keys must be an array of strings, got "key"'],
    [[connection, [undefined], []], "keys[0] must be a string, a number or a Buffer, got undefined"],
    [[connection, []], "args must be an array of strings, got undefined"],
    [[connection, [], [1, undefined]], "args[1] must be a string, a number or a Buffer, got undefined"],
    [[connection, [], [{}]], "args[0] must be a string, a number or a Buffer, got an object"],
    [[connection, [], [], 500], "options must be an object with only timeoutMs, got 500"],
    [[connection, [], [], { timeoutMs: null }], "timeoutMs must be a number > 0 or Infinity, got null"],
    [[connection, [], [], { key: "a" }], 'options must be an object with only timeoutMs, got an object with "key"'],
  ])("is not run: %#", async (args, rule) => {
    await expect(script.run(...(args as Parameters<typeof script.run>))).rejects.toThrow(
      `Cannot run a script: ${rule}`,
    );
    expect(sent).toEqual([]);
  });
});

function standStill(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until) continue;
}
