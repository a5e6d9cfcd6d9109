import { RedisDedupStore } from "@disp/background/redis";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listenForUncaught } from "../../../tooling/observe.ts";
import { type RedisServer, startRedis } from "../../../tooling/redis-server.ts";
import { startTcpProxy, type TcpProxy } from "../../../tooling/tcp-proxy.ts";
import { describeWithOwnRedis } from "../../../tooling/with-redis.ts";
import { CLIENTS, type Connected, connectIoredis } from "../../../tooling/redis-clients.ts";
import { type Jobs, setUpJobs } from "./redis-jobs.ts";

/** Long enough for a busy machine where an answer comes, and short enough to wait for where none does. */
const AMPLE_MS = 30_000;
const SHORT_MS = 100;
/** For what must succeed first, and fail in time later. */
const MEDIUM_MS = 2_000;
const LONG = 3_600_000;
const KEYS = 500;
const NAMESPACE = "a";
const AWAY = { code: "DISP_REDIS_UNAVAILABLE" };

const nameOf = (key: string): string => `disp:dedup:{${NAMESPACE}:0}:key:${key}`;

describeWithOwnRedis("keys in Redis", { timeout: 0 }, () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let direct: Redis;
  let events: Redis;
  let uncaught: ReturnType<typeof listenForUncaught>;

  const patient = { retryStrategy: () => 10, maxRetriesPerRequest: null };

  beforeEach(async () => {
    uncaught = listenForUncaught();
    // A store that is away is told to it.
    vi.spyOn(console, "warn").mockImplementation(() => {});
    server = await startRedis({
      appendonly: "yes",
      appendfsync: "always",
      "notify-keyspace-events": "KEA",
      "repl-diskless-sync-delay": "0",
    });
    proxy = await startTcpProxy(server.port);
    direct = new Redis(server.url, patient);
    events = new Redis(server.url, patient);
    for (const client of [direct, events]) client.on("error", () => {});
  });

  afterEach(async () => {
    direct.disconnect();
    events.disconnect();
    await proxy.stop();
    await server.stop();
    vi.restoreAllMocks();
    expect(await uncaught.stop()).toEqual([]);
  });

  /** Resolves when the server has done this to the key. */
  async function untilDone(event: "set" | "del", key: string): Promise<{ readonly done: Promise<unknown> }> {
    await events.subscribe(`__keyspace@0__:${nameOf(key)}`);
    const done = new Promise<void>((resolve) => {
      events.on("message", (_, what) => {
        if (what === event) resolve();
      });
    });
    return { done };
  }

  const callsOf = async (command: string): Promise<number> => {
    const stats = await direct.info("commandstats");
    return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0);
  };

  describe.each(Object.entries(CLIENTS))("through %s", (name, connect) => {
    let connected: Connected;

    beforeEach(async () => {
      connected = await connect(`redis://127.0.0.1:${proxy.port}`);
    });

    afterEach(() => connected.close());

    const store = (timeoutMs = AMPLE_MS) =>
      new RedisDedupStore({ client: connected.client, namespace: NAMESPACE, timeoutMs });
    const other = () => new RedisDedupStore({ client: direct, namespace: NAMESPACE, timeoutMs: AMPLE_MS });

    /** What becomes of jobs whose keys cannot be had. */
    async function expectAway(): Promise<void> {
      const locally = setUpJobs(store(SHORT_MS), { whenStoreFails: "schedule-locally" });
      expect(await locally.schedule("a")).toBe("scheduled");
      expect(locally.started).toEqual(["a"]);
      const refusing = setUpJobs(store(SHORT_MS), { whenStoreFails: "refuse" });
      expect(await refusing.schedule("a")).toBe("store-unavailable");
      const throwing = setUpJobs(store(SHORT_MS), { whenStoreFails: "throw" });
      await expect(throwing.schedule("a")).rejects.toMatchObject(AWAY);
      await expect(throwing.processor.bumpGeneration()).rejects.toMatchObject(AWAY);
      expect([refusing.started, throwing.started]).toEqual([[], []]);
      await locally.finishAll();
    }

    it("are asked for by one call for all that is scheduled in one turn, and by none for what is known here", async () => {
      await store().acquire("first", 0);
      await direct.config("RESETSTAT");
      const jobs = setUpJobs(store(), { concurrency: Infinity });
      const asked = Array.from({ length: 250 }, (_unused, index) => jobs.schedule(`key ${index % 125}`));
      const answers = await Promise.all(asked);
      expect(answers.filter((answer) => answer === "scheduled")).toHaveLength(125);
      expect(await callsOf("evalsha")).toBe(1);
      for (let index = 0; index < 1_000; index += 1) await jobs.schedule(`key ${index % 125}`, LONG);
      expect(await callsOf("evalsha")).toBe(1);
      await jobs.finishAll();
      expect(await callsOf("evalsha")).toBe(2);
      expect(await direct.dbsize()).toBe(0);
    });

    it("say that they are away when the server is dead, each in the way that was asked for", async () => {
      await store().acquire("b", LONG);
      await server.kill();
      await expectAway();
    });

    it("say so when the server is frozen, and take back what was asked for in vain", async () => {
      const hold = await store(MEDIUM_MS).acquire("b", LONG);
      server.signal("SIGSTOP");
      await expectAway();
      const outcomes = await Promise.allSettled([hold?.renew(LONG), hold?.release(0)]);
      const timedOut = { status: "rejected", reason: { ...AWAY, reason: "timeout" } };
      expect(outcomes).toMatchObject([timedOut, timedOut]);
      server.signal("SIGCONT");
      // On the same connection, behind all that was sent before.
      expect(await store().acquire("a", LONG)).toBeDefined();
      expect(await store().acquire("b", LONG)).toBeDefined();
    });

    it("are given once although the reply is lost", async () => {
      await store().acquire("b", LONG);
      const { done } = await untilDone("set", "a");
      const released = await untilDone("del", "a");
      proxy.cutInsteadOfReply();
      const asked = Promise.allSettled([store().acquire("a", LONG)]);
      await done;
      proxy.heal();
      const [outcome] = await asked;
      expect(outcome.status).toBe(name === "ioredis" ? "fulfilled" : "rejected");
      if (outcome.status === "fulfilled") {
        // The client has sent it again: it was not refused by its own hold.
        expect(await other().acquire("a", LONG)).toBeUndefined();
        expect(await outcome.value?.renew(LONG)).toBe(true);
      } else {
        // The client has not: what nobody got is taken back.
        expect(outcome.reason).toMatchObject({ ...AWAY, reason: "connection" });
        await released.done;
        expect(await other().acquire("a", LONG)).toBeDefined();
      }
    });

    it("outlast scripts being flushed all the time", async () => {
      const jobs = setUpJobs(store(), { concurrency: Infinity });
      const flushing = setUpJobs(other(), { concurrency: Infinity });
      const answers: string[] = [];
      for (let index = 0; index < KEYS; index += 1) {
        const flushed = index % 5 === 0 ? direct.script("FLUSH") : undefined;
        const key = `key ${index}`;
        answers.push(...(await Promise.all([jobs.schedule(key), flushing.schedule(key)])));
        await flushed;
      }
      expect(answers.filter((answer) => answer === "scheduled")).toHaveLength(KEYS);
      expect(answers.filter((answer) => answer === "held")).toHaveLength(KEYS);
    });

    it("are given at most once each while the server is killed and started under load", async () => {
      const crowd = [store(), store(), other(), other()].map((dedup) =>
        setUpJobs(dedup, { concurrency: Infinity, whenStoreFails: "refuse" }),
      );
      const answers: string[] = [];
      const onServed = new Map<Jobs, () => void>();
      /** Schedules the next ten keys. */
      const scheduleSome = async (jobs: Jobs, index: number): Promise<number> => {
        const keys = Array.from({ length: 10 }, (_unused, part) => `key ${index + part}`);
        const given = await Promise.all(keys.map((key) => jobs.schedule(key, LONG)));
        answers.push(...given);
        if (!given.includes("store-unavailable")) onServed.get(jobs)?.();
        return index + 10;
      };
      /** Then each has taken back what it had asked for when it was cut off: once, so no kill may come in between. */
      const allServed = (): Promise<unknown> =>
        Promise.all(crowd.map((jobs) => new Promise<void>((resolve) => onServed.set(jobs, resolve))));
      let isOver = false;
      const killThrice = async (): Promise<void> => {
        for (let kills = 0; kills < 3; kills += 1) {
          await allServed();
          await server.kill();
          await server.start();
        }
        await allServed();
        isOver = true;
      };
      const loads = crowd.map(async (jobs) => {
        let index = 0;
        while (!isOver) index = await scheduleSome(jobs, index);
        return index;
      });
      const [, ...reached] = await Promise.all([killThrice(), ...loads]);
      const most = Math.max(...reached);
      // What was refused meanwhile has its turn.
      for (const jobs of crowd) {
        for (let index = 0; index < most; ) index = await scheduleSome(jobs, index);
      }
      const started = crowd.flatMap((jobs) => jobs.started);
      expect(new Set(started).size).toBe(started.length);
      expect(started).toHaveLength(answers.filter((answer) => answer === "scheduled").length);
      expect(started).toHaveLength(most);
    });
  });

  describe("after a failover to a replica", () => {
    let replica: RedisServer;
    let replication: TcpProxy;
    let second: Redis;
    let connected: Connected;

    beforeEach(async () => {
      replica = await startRedis();
      replication = await startTcpProxy(server.port);
      second = new Redis(replica.url, patient);
      await second.replicaof("127.0.0.1", replication.port);
      await untilReplicated();
      connected = await connectIoredis(`redis://127.0.0.1:${proxy.port}`);
    });

    afterEach(async () => {
      connected.close();
      second.disconnect();
      await replication.stop();
      await replica.stop();
    });

    const store = () => new RedisDedupStore({ client: connected.client, namespace: NAMESPACE, timeoutMs: AMPLE_MS });

    /** WAIT is about what the same connection has written, and all that was written before. */
    async function untilReplicated(): Promise<void> {
      await direct.set("probe", "1", "PX", LONG);
      if ((await direct.wait(1, SHORT_MS)) === 0) await untilReplicated();
    }

    async function failOver(): Promise<void> {
      await server.kill();
      await second.replicaof("NO", "ONE");
      proxy.leadTo(replica.port);
    }

    it("last, if the replica has heard of them, and so do generations", async () => {
      const [here, there] = [store(), store()];
      await here.bumpGeneration();
      const hold = await here.acquire("a", LONG);
      await untilReplicated();
      await failOver();
      expect(await there.acquire("a", LONG)).toBeUndefined();
      expect(await hold?.renew(LONG)).toBe(true);
      await hold?.release(0);
      expect(await there.acquire("a", LONG)).toBeDefined();
      expect(await there.bumpGeneration()).toBe(2);
    });

    it("are lost, if it has not: others get them, and their holders are told when they renew", async () => {
      const [here, there] = [store(), store()];
      replication.freeze();
      const hold = await here.acquire("a", LONG);
      await failOver();
      const next = await there.acquire("a", LONG);
      expect(next).toBeDefined();
      expect(await hold?.renew(LONG)).toBe(false);
      await hold?.release(0);
      expect(await next?.renew(LONG)).toBe(true);
    });

    it("say that they are away while the server may not be written to", async () => {
      proxy.leadTo(replica.port);
      const unavailable = { ...AWAY, reason: "server" };
      await expect(store().acquire("a", LONG)).rejects.toMatchObject(unavailable);
      await expect(store().bumpGeneration()).rejects.toMatchObject(unavailable);
    });
  });

  it("are all free after a restart without persistence, and no hold of before counts", async () => {
    const forgetful = await startRedis();
    const { client, close } = await connectIoredis(forgetful.url);
    const store = () => new RedisDedupStore({ client, namespace: NAMESPACE, timeoutMs: AMPLE_MS });
    const hold = await store().acquire("a", LONG);
    await forgetful.kill();
    await forgetful.start();
    expect(await hold?.renew(LONG)).toBe(false);
    const next = await store().acquire("a", LONG);
    await hold?.release(0);
    expect(await next?.renew(LONG)).toBe(true);
    close();
    await forgetful.stop();
  });
});
