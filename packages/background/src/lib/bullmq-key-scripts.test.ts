import { RedisConnection } from "@disp/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { describeWithRedis, redisUrl, uniqueName } from "../../../../tooling/with-redis.ts";
import {
  askScript,
  endScript,
  FREE,
  HELD,
  LIFE_MS,
  MARK_FIELD,
  MOST_HOLD_MS,
  QUEUED,
  RUNNING,
} from "./bullmq-key-scripts.ts";

const HOLD_MS = 60_000;
const LEASE_MS = 30_000;

describe("the longest hold", () => {
  it("is never taken for a life, and never makes a life look like a hold", () => {
    expect(MOST_HOLD_MS).toBeLessThan(LIFE_MS / 2);
    expect(Number.isSafeInteger(LIFE_MS + MOST_HOLD_MS)).toBe(true);
  });
});

describeWithRedis("the scripts of keys", () => {
  let client: Redis;
  let connection: RedisConnection;
  let base: string;

  beforeAll(() => {
    client = new Redis(redisUrl);
    connection = new RedisConnection({ client, timeoutMs: 60_000 });
  });

  beforeEach(() => {
    base = `${uniqueName()}:`;
  });

  afterAll(() => client.disconnect());

  const nameOf = (key: string) => `${base}de:${key}`;
  const take = (key: string, id: string, ms: number) => client.set(nameOf(key), id, "PX", ms);
  const record = async (id: string, field = "data") => {
    await client.hset(base + id, field, "1");
    await client.pexpire(base + id, HOLD_MS);
  };
  const lock = (id: string, token: string) => client.set(`${base}${id}:lock`, token, "PX", LEASE_MS);
  const ms = (key: string) => client.pttl(nameOf(key));
  const mark = (id: string) => client.hget(base + id, MARK_FIELD);

  const ask = (...keys: string[]) =>
    askScript.run(connection, [`${base}disp-generation`, base, ...keys.map(nameOf)], [LIFE_MS]);
  const end = (...runs: (readonly [key: string, id: string, token: string])[]) =>
    endScript.run(
      connection,
      [base, ...runs.map(([key]) => nameOf(key))],
      [LIFE_MS, LEASE_MS, ...runs.flatMap(([, id, token]) => [id, token, `${id} is over`])],
    );

  it("tell free keys from those that are held, whose jobs wait, and whose jobs run", async () => {
    await take("held", "0-h", HOLD_MS);
    await take("queued", "0-q", LIFE_MS + HOLD_MS);
    await record("0-q");
    await take("running", "0-r", LIFE_MS + HOLD_MS);
    await record("0-r");
    await lock("0-r", "mine");
    expect(await ask("running", "free", "queued", "held")).toEqual([
      [RUNNING, "0"],
      [FREE, "0"],
      [QUEUED, "0"],
      [HELD, "0"],
    ]);
    for (const key of ["queued", "running"]) expect(await ms(key)).toBeGreaterThan(LIFE_MS);
  });

  it("give back the key of a job that vanished, or ended by another's hand, once its hold has passed", async () => {
    for (const key of ["gone", "over"]) await take(key, `0-${key}`, LIFE_MS + HOLD_MS);
    await take("gone early", "0-gone early", LIFE_MS);
    await record("0-over", "finishedOn");
    expect(await ask("gone", "over", "gone early")).toEqual([HELD, HELD, FREE].map((state) => [state, "0"]));
    for (const key of ["gone", "over"]) {
      expect(await ms(key)).toBeGreaterThan(0);
      expect(await ms(key)).toBeLessThanOrEqual(HOLD_MS);
    }
    expect(await ms("gone early")).toBe(-2);
  });

  it("free what other generations have taken, and know 1 from 10", async () => {
    await client.set(`${base}disp-generation`, "1", "PX", HOLD_MS);
    for (const generation of [0, 1, 10]) await take(`of ${generation}`, `${generation}-x`, HOLD_MS);
    expect(await ask("of 0", "of 1", "of 10")).toEqual([FREE, HELD, FREE].map((state) => [state, "1"]));
    expect([await ms("of 0"), await ms("of 10")]).toEqual([-2, -2]);
  });

  it("end a life: the job is marked, and the key has what remains of the hold, asked once or twice", async () => {
    await take("a", "0-a", LIFE_MS + HOLD_MS);
    await take("b", "0-b", LIFE_MS);
    for (const id of ["0-a", "0-b"]) await Promise.all([record(id), lock(id, "mine")]);
    for (let asked = 0; asked < 2; asked += 1) {
      expect(await end(["a", "0-a", "mine"], ["b", "0-b", "mine"])).toEqual([1, 1]);
      expect(await ms("a")).toBeGreaterThan(0);
      expect(await ms("a")).toBeLessThanOrEqual(HOLD_MS);
      expect(await ms("b")).toBe(-2);
    }
    expect([await mark("0-a"), await mark("0-b")]).toEqual(["0-a is over", "0-b is over"]);
  });

  it("end no life of a job that another one runs, that was ended, or that is gone", async () => {
    for (const key of ["a", "b", "c"]) await take(key, `0-${key}`, LIFE_MS + HOLD_MS);
    await Promise.all([record("0-a"), lock("0-a", "another"), record("0-b", "finishedOn")]);
    expect(await end(["a", "0-a", "mine"], ["b", "0-b", "mine"], ["c", "0-c", "mine"])).toEqual([0, 0, 0]);
    for (const key of ["a", "b", "c"]) {
      expect(await ms(key)).toBeGreaterThan(LIFE_MS);
      expect(await mark(`0-${key}`)).toBeNull();
    }
  });

  it("leave a key alone that is another job's by now, and yet end the job", async () => {
    await take("a", "1-new", LIFE_MS + HOLD_MS);
    await Promise.all([record("0-old"), lock("0-old", "mine")]);
    expect(await end(["a", "0-old", "mine"])).toEqual([1]);
    expect(await client.get(nameOf("a"))).toBe("1-new");
    expect(await ms("a")).toBeGreaterThan(LIFE_MS);
    expect(await mark("0-old")).toBe("0-old is over");
  });

  it("give a job back its lock, for as long as locks last, if that has ended unnoticed", async () => {
    await take("a", "0-a", LIFE_MS);
    await record("0-a");
    expect(await end(["a", "0-a", "mine"])).toEqual([1]);
    expect(await client.get(`${base}0-a:lock`)).toBe("mine");
    expect(await client.pttl(`${base}0-a:lock`)).toBeGreaterThan(0);
    expect(await client.pttl(`${base}0-a:lock`)).toBeLessThanOrEqual(LEASE_MS);
  });
});
