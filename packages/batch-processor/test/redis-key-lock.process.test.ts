import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { BatchProcessor } from "@disp/batch-processor";
import { RedisKeyLock } from "@disp/batch-processor/redis";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { follow } from "../../../tooling/observe.ts";
import { type Ended, runScript } from "../../../tooling/run-script.ts";
import { describeWithRedis, redisUrl, uniqueName } from "../../../tooling/with-redis.ts";
import { FencedRow } from "./fenced-row.ts";

const ROOT = join(import.meta.dirname, "../../..");
const fixture = (name: string): string => join(import.meta.dirname, "fixtures", name);
const TTL_MS = 600_000;
/** For a server that is busy with the other tests. */
const PATIENT = { timeoutMs: 60_000 };

let client: Redis;
const children: ChildProcessWithoutNullStreams[] = [];

beforeAll(() => {
  client = new Redis(redisUrl);
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

afterAll(() => client.disconnect());

/** A process that holds the key in the middle of a batch. */
function startHolder(namespace: string, leaseMs: number, pausesIn: "load" | "save") {
  const argv = ["--conditions=@disp/source", "--import", "tsx", fixture("lock-holder.ts")];
  const env = { ...process.env, NODE_OPTIONS: "" };
  const child = spawn(process.execPath, [...argv, redisUrl, namespace, `${leaseMs}`, pausesIn], { cwd: ROOT, env });
  children.push(child);
  child.stderr.pipe(process.stderr);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<unknown> => (await lines.next()).value;
  return { child, line };
}

function makeRows(namespace: string, leaseMs: number) {
  const row = new FencedRow(client, namespace);
  const tokens: number[] = [];
  const rows = new BatchProcessor<{ n: number }>({
    lock: new RedisKeyLock({ client, namespace, leaseMs, ...PATIENT }),
    minDurationMs: 0,
    maxDurationMs: Infinity,
    load: async () => ({ n: await row.load() }),
    async save(_, { n }, { token = 0 }) {
      tokens.push(token);
      if (!(await row.save(n, token))) throw new Error("a smaller token");
    },
  });
  return { row, rows, tokens, add: () => rows.run("a", (counter) => (counter.n += 1)) };
}

describeWithRedis("processes with one RedisKeyLock", { timeout: 0 }, () => {
  it("add to the same rows 10,000 times, and lose nothing", async () => {
    const namespace = uniqueName();
    const keys = ["0", "1", "2"];
    const run = (): Promise<Ended> =>
      runScript(fixture("lock-worker.ts"), redisUrl, namespace, "100", `${keys.length}`);
    const ends = await Promise.all([run(), run()]);
    expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ""],
      [0, ""],
    ]);
    const reports = ends.map(({ stdout }) => JSON.parse(stdout) as { saves: number; faults: string[] });
    expect(reports.flatMap(({ faults }) => faults)).toEqual([]);
    const rows = await client.hvals(`${namespace}:rows`);
    expect(rows.reduce((sum, n) => sum + Number(n), 0)).toBe(10_000);
    let saves = 0;
    for (const key of keys) {
      const tokens = (await client.lrange(`${namespace}:tokens:${key}`, 0, -1)).map(Number);
      expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
      expect(await client.get(`${namespace}:holders:${key}`)).toBe("0");
      saves += tokens.length;
    }
    expect(reports.reduce((sum, report) => sum + report.saves, 0)).toBe(saves);
    // Both had their turns.
    for (const report of reports) expect(report.saves).toBeGreaterThan(0);
    for (const name of await client.keys(`${namespace}:*`)) await client.pexpire(name, TTL_MS);
  });

  it.each(["load", "save"] as const)("go on after the lease of one that was killed in its %s", async (place) => {
    const namespace = uniqueName();
    const leaseMs = 1_000;
    const holder = startHolder(namespace, leaseMs, place);
    expect(await holder.line()).toBe(place);
    const { add, rows, row } = makeRows(namespace, leaseMs);
    const run = add();
    const follower = follow(run);
    const exited = once(holder.child, "exit");
    holder.child.kill("SIGKILL");
    await exited;
    const begin = performance.now();
    // The key itself is there for a second more, and its times are rounded up.
    const leftMs = (await client.pttl(`disp:lock:{${namespace}:0/1}:key:a`)) - 1_001;
    expect(follower.state).toBe("pending");
    expect(await run).toBe(1);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(leftMs);
    expect(await row.look()).toEqual({ n: 1, saves: 1 });
    await rows.stop();
  });

  it("end though they hold a lease, and it ends by itself", async () => {
    const namespace = uniqueName();
    expect(await runScript(fixture("lock-idle.ts"), redisUrl, namespace)).toEqual({
      ...{ code: 0, stdout: "true\n", stderr: "" },
    });
    const { rows, add } = makeRows(namespace, 1_000);
    expect(await add()).toBe(1);
    await rows.stop();
  });

  it("refuse by the clock to save when they were stopped for longer than the lease before", async () => {
    const namespace = uniqueName();
    const leaseMs = 500;
    const holder = startHolder(namespace, leaseMs, "load");
    expect(await holder.line()).toBe("load");
    holder.child.kill("SIGSTOP");
    const { add, rows, row } = makeRows(namespace, leaseMs);
    expect(await add()).toBe(1);
    holder.child.stdin.write("go on\n");
    const closed = once(holder.child, "close");
    holder.child.kill("SIGCONT");
    expect(await holder.line()).toBe("rejected: lock KeyLockLostError");
    await closed;
    // Its save was not even tried.
    expect(await holder.line()).toBeUndefined();
    expect(await row.look()).toEqual({ n: 1, saves: 1 });
    expect(await add()).toBe(2);
    await rows.stop();
  });

  it("are refused by their token when they were stopped for longer than the lease in a save", async () => {
    const namespace = uniqueName();
    const leaseMs = 500;
    const holder = startHolder(namespace, leaseMs, "save");
    expect(await holder.line()).toBe("save");
    holder.child.kill("SIGSTOP");
    const { add, rows, row } = makeRows(namespace, leaseMs);
    expect(await add()).toBe(1);
    const closed = once(holder.child, "close");
    holder.child.stdin.write("go on\n");
    holder.child.kill("SIGCONT");
    const said = [await holder.line(), await holder.line()].sort();
    await closed;
    expect(said).toEqual(["refused", "rejected: lock KeyLockLostError"]);
    expect(await row.look()).toEqual({ n: 1, saves: 1 });
    expect(await add()).toBe(2);
    await rows.stop();
  });
});
