import { RedisConnection } from "@disp/redis";
import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { describeWithRedis, redisUrl, uniqueName } from "../../../../tooling/with-redis.ts";
import { deduplicationId, KeyBook, type OwnedJob } from "./bullmq-key-book.ts";
import { FREE, LIFE_MS, QUEUED } from "./bullmq-key-scripts.ts";

const HOLD_MS = 60_000;
const DONE = { kind: "done" } as const;

describe("the name of a key", () => {
  it("is never empty, and each key has another one, also in UTF-8", () => {
    const keys = ["", "a", '"a"', "a:b", "\ud83d", "\ud83e", "\ufffd", "😀"];
    const names = keys.map((key) => new TextEncoder().encode(deduplicationId(key)).join());
    expect(new Set(names).size).toBe(keys.length);
    expect(names).not.toContain("");
  });
});

describeWithRedis("the book of keys", () => {
  let client: Redis;
  let connection: RedisConnection;
  let base: string;
  let book: KeyBook;

  beforeAll(() => {
    client = new Redis(redisUrl);
    connection = new RedisConnection({ client, timeoutMs: 60_000 });
  });

  beforeEach(() => {
    base = `${uniqueName()}:`;
    book = new KeyBook(connection, base, 30_000);
  });

  afterAll(() => client.disconnect());

  /** As BullMQ does it. */
  async function add(key: string, id: string): Promise<OwnedJob> {
    await client.set(`${base}de:${JSON.stringify(key)}`, id, "PX", LIFE_MS);
    await client.hset(base + id, "data", "1");
    await client.pexpire(base + id, HOLD_MS);
    return { key, id, token: "mine", stalls: 0 };
  }

  it("asks about all keys of a turn in one call, and gives each its own answer", async () => {
    await add("a", "0-a");
    await book.ask("a");
    const send = vi.spyOn(connection, "send");
    const answers = await Promise.all(["b", "a", ""].map((key) => book.ask(key)));
    expect(answers.map(({ state }) => state)).toEqual([FREE, QUEUED, FREE]);
    expect(send).toHaveBeenCalledTimes(1);
    send.mockRestore();
  });

  it("tells those who find a job after a crash what became of it", async () => {
    const [done, failed] = [await add("a", "0-a"), await add("b", "0-b")];
    const verdict = { kind: "failed", message: 'broken: "b"' } as const;
    expect(await Promise.all([book.end(done, DONE), book.end(failed, verdict)])).toEqual([true, true]);
    expect(await book.verdictOn({ ...done, stalls: 1 })).toEqual(DONE);
    expect(await book.verdictOn({ ...failed, stalls: 1 })).toEqual(verdict);
    expect(await book.ask("a")).toMatchObject({ state: FREE });
  });

  it("has no verdict on a job that did not end, nor on one that was put back in line since", async () => {
    const job = { ...(await add("a", "0-a")), stalls: 2 };
    expect(await book.verdictOn(job)).toBeUndefined();
    await book.end(job, DONE);
    expect(await book.verdictOn(job)).toBeUndefined();
    expect(await book.verdictOn({ ...job, stalls: 3 })).toEqual(DONE);
  });

  it("does not end what is somebody else's", async () => {
    const job = await add("a", "0-a");
    await client.set(`${base}0-a:lock`, "another's", "PX", HOLD_MS);
    expect(await book.end(job, DONE)).toBe(false);
    expect(await book.verdictOn({ ...job, stalls: 1 })).toBeUndefined();
  });

  it("counts generations, and says which one a free key is free in", async () => {
    await add("a", "0-a");
    expect(await book.ask("b")).toEqual({ state: FREE, generation: "0" });
    expect([await book.bumpGeneration(), await book.bumpGeneration()]).toEqual([1, 2]);
    expect(await book.ask("a")).toEqual({ state: FREE, generation: "2" });
    await client.pexpire(`${base}disp-generation`, HOLD_MS);
  });
});
