import { RedisConnection, type RedisUnavailableError } from "@disp/redis";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { expect, it, onTestFinished, vi } from "vitest";
import { startRedis } from "../../../tooling/redis-server.ts";
import { startTcpProxy } from "../../../tooling/tcp-proxy.ts";
import { describeWithOwnRedis, describeWithRedis, redisUrl } from "../../../tooling/with-redis.ts";
import { BullMqProcessor, JobStalledError, LeaseLostError } from "@disp/background/bullmq";
import { KeyBook } from "../src/lib/bullmq-key-book.ts";
import { milestone, openSite, untilOver } from "./bullmq-site.ts";

const UNTIMED = { timeout: 0 };
const SCHEDULED = { scheduled: true };
const LEASE_MS = 200;

/** A worker of BullMQ that takes one job and then does nothing more, as if its machine had stopped. */
async function takeAndFreeze(name: string, lockMs: number) {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const worker = new Worker(name, null, { connection, lockDuration: lockMs, autorun: false });
  onTestFinished(async () => {
    await worker.close(true);
    connection.disconnect();
  });
  const job = await worker.getNextJob("frozen");
  if (job.id === undefined) throw new Error("there was no job");
  return { connection, id: job.id };
}

function keysOf(name: string, client: Redis): KeyBook {
  return new KeyBook(new RedisConnection({ client, timeoutMs: 60_000 }), `bull:${name}:`, LEASE_MS);
}

describeWithRedis("a job that was left behind", UNTIMED, () => {
  it("is not run again if it was over, and its hold goes on", async () => {
    const site = openSite();
    const runs: string[] = [];
    const producer = site.processor();
    await producer.schedule("a", "x", { holdMs: 60_000 });
    const { connection, id } = await takeAndFreeze(site.name, LEASE_MS);
    const keys = keysOf(site.name, connection);
    const owned = { key: "a", id, token: "frozen", stalls: 0 };
    expect(await keys.end(owned, { kind: "done" })).toBe(true);
    expect(await keys.end(owned, { kind: "done" })).toBe(true);
    site.processor({ leaseMs: LEASE_MS, process: (arg) => void runs.push(arg) });
    await untilOver(producer);
    expect(runs).toEqual([]);
    expect(await producer.schedule("a", "y")).toEqual({ scheduled: false, reason: "held" });
  });

  it("is told as failed if that was certain", async () => {
    const site = openSite();
    const failed = milestone<unknown>();
    const producer = site.processor();
    await producer.schedule("a", "x");
    const { connection, id } = await takeAndFreeze(site.name, LEASE_MS);
    const keys = keysOf(site.name, connection);
    await keys.end({ key: "a", id, token: "frozen", stalls: 0 }, { kind: "failed", message: "broken" });
    expect(await producer.schedule("a", "y")).toEqual(SCHEDULED);
    const process = (arg: string) => {
      if (arg === "x") throw new Error("it must not run");
    };
    site.processor({ leaseMs: LEASE_MS, process, onError: ({ error }) => failed.happen(error) });
    expect(await failed.happened).toEqual(new Error("broken"));
  });

  it("has failed when that happened too often", async () => {
    const site = openSite();
    const failed = milestone<unknown>();
    await site.processor().schedule("a", "x", { holdMs: 60_000 });
    await takeAndFreeze(site.name, LEASE_MS);
    const processor = site.processor({
      leaseMs: LEASE_MS,
      maxStalls: 0,
      process: () => expect.unreachable(),
      onError: ({ error }) => failed.happen(error),
    });
    const error = (await failed.happened) as JobStalledError;
    expect(error).toBeInstanceOf(JobStalledError);
    expect([error.code, error.key, error.stalls]).toEqual(["DISP_JOB_STALLED", "a", 1]);
    expect(await processor.schedule("a", "y")).toEqual({ scheduled: false, reason: "held" });
  });

  it("belongs to whoever took it over: the former owner ends nothing", async () => {
    const site = openSite();
    const lost = milestone<unknown>();
    const [started, end] = [milestone(), milestone()];
    const processor = site.processor({
      process: () => (started.happen(), end.happened),
      onError: ({ error }) => lost.happen(error),
    });
    await processor.schedule("a", "x", { holdMs: 1 });
    await started.happened;
    const [id = ""] = await site.client.lrange(`bull:${site.name}:active`, 0, 0);
    await site.client.set(`bull:${site.name}:${id}:lock`, "another");
    end.happen();
    expect(await lost.happened).toEqual(new LeaseLostError("a"));
    expect(await processor.schedule("a", "y")).toEqual({ scheduled: false, reason: "running" });
    expect(await processor.counts()).toMatchObject({ running: 1 });
  });

  it("is finished by its owner after all, if nobody took it over", async () => {
    const site = openSite();
    const [started, end, runs] = [milestone(), milestone(), [] as string[]];
    const processor = site.processor({
      process: (arg) => {
        runs.push(arg);
        started.happen();
        return end.happened;
      },
      onError: () => expect.unreachable(),
    });
    await processor.schedule("a", "x", { holdMs: 60_000 });
    await started.happened;
    const [id = ""] = await site.client.lrange(`bull:${site.name}:active`, 0, 0);
    expect(await site.client.del(`bull:${site.name}:${id}:lock`)).toBe(1);
    end.happen();
    await untilOver(processor);
    expect(runs).toEqual(["x"]);
    expect(await processor.schedule("a", "y")).toEqual({ scheduled: false, reason: "held" });
    expect([...(await site.keys()).keys()].filter((key) => key.includes(id))).toEqual([]);
  });

  it("gives its key back if it was removed by hand", async () => {
    const site = openSite();
    const processor = site.processor();
    await processor.schedule("a", "x");
    await processor.schedule("b", "x", { holdMs: 60_000 });
    await site.client.del(await idKey("a"), await idKey("b"));
    expect(await processor.schedule("a", "y")).toEqual(SCHEDULED);
    expect(await processor.schedule("b", "y")).toEqual({ scheduled: false, reason: "held" });
    expect((await site.keys()).get('de:"b"')).toBeLessThanOrEqual(60_000);

    async function idKey(key: string): Promise<string> {
      return `bull:${site.name}:${await site.client.get(`bull:${site.name}:de:${JSON.stringify(key)}`)}`;
    }
  });

  it("is run when it had failed and somebody puts it back in line by hand", async () => {
    const site = openSite();
    const failed = milestone();
    const [again, runs] = [milestone(), [] as string[]];
    const processor = site.processor({
      onError: () => failed.happen(),
      process: (arg) => {
        runs.push(arg);
        if (runs.length === 1) throw new Error("the first time");
        again.happen();
      },
    });
    await processor.schedule("a", "x");
    await failed.happened;
    const queue = new Queue(site.name, { connection: site.client });
    const [id = ""] = await site.client.zrange(`bull:${site.name}:failed`, "0", "0");
    await (await queue.getJob(id))?.retry();
    await again.happened;
    await queue.close();
  });
});

describeWithRedis("a new generation", UNTIMED, () => {
  it("frees all keys everywhere, and the jobs of the old one take none back", async () => {
    const site = openSite();
    const [started, end] = [milestone(), milestone()];
    const ended: string[] = [];
    const processor = site.processor({
      process: async (arg) => {
        started.happen();
        if (arg === "old") await end.happened;
        ended.push(arg);
      },
      concurrency: 2,
    });
    const elsewhere = site.processor();
    await processor.schedule("a", "old", { holdMs: 60_000 });
    await started.happened;
    expect(await processor.bumpGeneration()).toBe(1);
    expect(await elsewhere.schedule("a", "new", { holdMs: 60_000 })).toEqual(SCHEDULED);
    end.happen();
    await untilOver(elsewhere);
    expect(ended.sort()).toEqual(["new", "old"]);
    expect(await elsewhere.schedule("a", "x")).toEqual({ scheduled: false, reason: "held" });
    expect(await elsewhere.bumpGeneration()).toBe(2);
    expect(await processor.schedule("a", "x")).toEqual(SCHEDULED);
  });
});

describeWithOwnRedis("a server that is away", UNTIMED, () => {
  it("makes schedule reject in time, and stop end in time", async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const site = openSite(server.url);
    const started = milestone();
    const processor = site.processor({
      timeoutMs: 100,
      process: () => (started.happen(), new Promise<void>(() => {})),
      onError: () => {},
    });
    await site.processor().schedule("a", "x");
    await started.happened;
    server.signal("SIGSTOP");
    const error = await processor.schedule("b", "x").catch((reason: unknown) => reason as RedisUnavailableError);
    expect(error).toMatchObject({ code: "DISP_REDIS_UNAVAILABLE", reason: "timeout" });
    await expect(processor.counts()).rejects.toMatchObject({ code: "DISP_REDIS_UNAVAILABLE" });
    await expect(processor.bumpGeneration()).rejects.toMatchObject({ code: "DISP_REDIS_UNAVAILABLE" });
    expect(await processor.stop({ drain: true, timeoutMs: 50 })).toEqual({ leftover: [] });
    server.signal("SIGCONT");
  });

  it("does not keep an idle instance from stopping in time", async () => {
    const server = await startRedis();
    onTestFinished(() => server.stop());
    const site = openSite(server.url);
    const started = milestone();
    const idle = [1, 2, 3].map(() => site.processor({ timeoutMs: 50, process: () => started.happen() }));
    await site.processor().schedule("a", "x");
    await started.happened;
    server.signal("SIGSTOP");
    const [first, second, third] = idle;
    expect(await first?.stop({ timeoutMs: 50 })).toEqual({ leftover: [] });
    expect(await second?.stop({ drain: true, timeoutMs: 50 })).toEqual({ leftover: [] });
    void third?.stop({ drain: true });
    expect(await third?.stop({ timeoutMs: 0 })).toEqual({ leftover: [] });
    server.signal("SIGCONT");
  });

  it("that never was there makes schedule reject, too", async () => {
    const errors: unknown[] = [];
    const processor = new BullMqProcessor<string>({
      connection: { host: "127.0.0.1", port: 1, retryStrategy: () => 20 },
      name: "nobody",
      timeoutMs: 100,
      process: () => {},
      onConnectionError: (error) => void errors.push(error),
    });
    await expect(processor.schedule("a", "x")).rejects.toMatchObject({ code: "DISP_REDIS_UNAVAILABLE" });
    expect(await processor.stop({ timeoutMs: 0 })).toEqual({ leftover: [] });
    expect(errors).not.toEqual([]);
  });

  it("writes down what was done when it is back", async () => {
    const server = await startRedis({ appendonly: "yes", appendfsync: "always" });
    onTestFinished(() => server.stop());
    const site = openSite(server.url);
    const [started, end, runs] = [milestone(), milestone(), [] as string[]];
    const processor = site.processor({
      process: (arg) => {
        runs.push(arg);
        started.happen();
        return end.happened;
      },
    });
    await processor.schedule("a", "x", { holdMs: 60_000 });
    await started.happened;
    await server.kill();
    end.happen();
    await new Promise(setImmediate);
    await server.start();
    await untilOver(processor);
    expect(runs).toEqual(["x"]);
    expect(await processor.schedule("a", "x")).toEqual({ scheduled: false, reason: "held" });
  });
});

describeWithRedis("a reply that is lost", UNTIMED, () => {
  it("makes no second job of one that the client adds twice", async () => {
    const proxy = await startTcpProxy(Number(new URL(redisUrl).port));
    onTestFinished(() => proxy.stop());
    const site = openSite(`redis://127.0.0.1:${proxy.port}`);
    const processor = site.processor({ timeoutMs: 5_000 });
    await processor.schedule("warm", "x");
    const real = site.client.call.bind(site.client);
    vi.spyOn(site.client, "call").mockImplementation(async (command: string, ...args: (string | number | Buffer)[]) => {
      const reply = await real(command, ...args);
      // The answer about the key is there; the next one is that of BullMQ.
      proxy.cutInsteadOfReply();
      site.client.once("close", () => proxy.heal());
      return reply;
    });
    expect(await processor.schedule("a", "x")).toEqual(SCHEDULED);
    vi.restoreAllMocks();
    expect(await processor.counts()).toMatchObject({ waiting: 2 });
    // BullMQ says so itself.
    const events = await site.client.xrange(`bull:${site.name}:events`, "-", "+");
    expect(events.filter(([, fields]) => fields.includes("duplicated"))).toHaveLength(1);
  });
});
