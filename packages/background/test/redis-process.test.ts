import { RedisDedupStore } from "@disp/background/redis";
import { Redis } from "ioredis";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pass } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type Ended, runScript } from "../../../tooling/run-script.ts";
import { describeWithRedis, redisUrl, uniqueName } from "../../../tooling/with-redis.ts";
import { ROOT } from "../../../tooling/workspace.ts";

const ROUNDS = 10_000;
const KEYS = 1_000;
const LEASE_MS = 5_000;
const LONG = 60_000;

const pathOf = (fixture: string): string => join(import.meta.dirname, "fixtures", fixture);

describeWithRedis("processes that share keys in Redis", { timeout: 0 }, () => {
  let client: Redis;
  let namespace: string;

  beforeAll(() => {
    client = new Redis(redisUrl);
  });

  beforeEach(() => {
    namespace = uniqueName();
  });

  afterAll(() => client.disconnect());

  const run = (fixture: string, ...args: string[]): Promise<Ended> =>
    runScript(pathOf(fixture), redisUrl, namespace, ...args);
  /** What two processes have printed that ran at the same time. */
  const runTwo = async (fixture: string, ...args: string[]): Promise<Record<string, number>[]> => {
    const ended = await Promise.all([run(fixture, ...args), run(fixture, ...args)]);
    expect(ended).toMatchObject([
      { code: 0, stderr: "" },
      { code: 0, stderr: "" },
    ]);
    return ended.map(({ stdout }) => JSON.parse(stdout) as Record<string, number>);
  };

  it("are never two to hold a key, in ten thousand rounds", async () => {
    const [one, two] = await runTwo("redis-rival.ts", String(ROUNDS));
    expect([one?.["violations"], two?.["violations"]]).toEqual([0, 0]);
    expect(Number(one?.["won"]) + Number(two?.["won"])).toBeGreaterThanOrEqual(ROUNDS);
    for (const { won, lost } of [one ?? {}, two ?? {}]) {
      expect(won).toBeGreaterThan(0);
      expect(lost).toBeGreaterThan(0);
    }
  });

  it("do each job once", async () => {
    const [one, two] = await runTwo("redis-worker.ts", String(KEYS));
    const ran = await client.hgetall(`${namespace}:ran`);
    expect(Object.keys(ran)).toHaveLength(KEYS);
    expect(new Set(Object.values(ran))).toEqual(new Set(["1"]));
    expect(Number(one?.["ran"]) + Number(two?.["ran"])).toBe(KEYS);
    expect([one?.["failures"], two?.["failures"]]).toEqual([0, 0]);
  });

  it("leave their keys taken when they are killed, until the lease is over", async () => {
    const argv = ["--conditions=@disp/source", "--import", "tsx", pathOf("redis-hanging.ts")];
    const child = spawn(process.execPath, [...argv, redisUrl, namespace, String(LEASE_MS)], {
      cwd: ROOT,
      env: { ...process.env, NODE_OPTIONS: "" },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await once(child, "exit");
    const store = new RedisDedupStore({ client, namespace, timeoutMs: LONG });
    const key = `disp:dedup:{${namespace}:0}:key:a`;
    const endsAt = await client.pexpiretime(key);
    expect(await store.acquire("a", LONG)).toBeUndefined();
    // Real time has to pass, since the server counts it: what is left of the lease.
    await pass((await client.pttl(key)) + 50);
    expect(await store.acquire("a", LONG)).toBeDefined();
    const [seconds = "", micros = ""] = await client.time();
    expect(Number(seconds) * 1_000 + Number(micros) / 1_000).toBeGreaterThan(endsAt);
  });

  it("end when the client is closed, however long a hold lasts", async () => {
    expect(await run("redis-idle.ts")).toEqual({ code: 0, stdout: "done a\nheld\n", stderr: "" });
  });
});
