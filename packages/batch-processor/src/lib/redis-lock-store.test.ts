import { RedisConnection, RedisUnavailableError } from "@disp/redis";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { follow } from "../../../../tooling/observe.ts";
import { RedisLockStore } from "./redis-lock-store.ts";

const { setImmediate } = globalThis;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});

afterEach(() => {
  vi.useRealTimers();
});

/** Lets all that is under way happen, the making of a script's name included. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function setUp({ shards = 1, leaseMs = 300, timeoutMs = 100 } = {}) {
  const calls: string[][] = [];
  let reply: (runs: number) => Promise<unknown> = (runs) => Promise.resolve(Array.from({ length: runs }, () => 1));
  const connection = new RedisConnection({
    client: {
      send(_, args) {
        const keys = args.slice(2, 2 + Number(args[1]));
        const rest = args.slice(2 + keys.length);
        calls.push([...keys, ...rest]);
        return reply(keys.length - 1);
      },
    },
    timeoutMs,
  });
  const store = new RedisLockStore({ connection, namespace: "n", prefix: "p", leaseMs, shards, retryMs: 100 });
  return { store, calls, replyBy: (by: typeof reply) => (reply = by) };
}

describe("RedisLockStore", () => {
  it("sends all that is asked in one turn in one call, in its order", async () => {
    const { store, calls } = setUp();
    await store.acquire("warm up", "x");
    void store.release("a", "x");
    void store.acquire("a", "y");
    void store.acquire("b", "z");
    await settle();
    expect(calls.slice(1)).toEqual([
      [
        ...["p:{n:0/1}:token", "p:{n:0/1}:key:a", "p:{n:0/1}:key:a", "p:{n:0/1}:key:b"],
        ...["300", "250", "2592000000", "r", "x", "a", "y", "a", "z"],
      ],
    ]);
  });

  it("has keys of one slot for each shard, and other keys for another number of shards", async () => {
    const { store, calls } = setUp({ shards: 3 });
    await Promise.all(Array.from({ length: 30 }, (_, index) => store.acquire(`${index}`, "x")));
    const tags = calls.map((call) => new Set(call.join(" ").match(/\{.*?\}/g)));
    expect(tags.map(({ size }) => size)).toEqual([1, 1, 1]);
    expect(new Set(tags.flatMap((tag) => [...tag]))).toEqual(new Set(["{n:0/3}", "{n:1/3}", "{n:2/3}"]));
  });

  it("tries again to give a key back while Redis is away, for a while", async () => {
    const { store, calls, replyBy } = setUp();
    await store.renew("a", "x");
    replyBy(() => Promise.reject(new Error("LOADING Redis is loading the dataset in memory")));
    const released = follow(store.release("a", "x"));
    await settle();
    for (let ms = 0; ms < 50; ms += 1) {
      vi.advanceTimersByTime(1);
      await settle();
    }
    expect([released.state, calls.length > 2]).toEqual(["pending", true]);
    for (let ms = 0; ms < 200; ms += 1) {
      vi.advanceTimersByTime(1);
      await settle();
    }
    expect(released.error).toBeInstanceOf(RedisUnavailableError);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not try again when the server refuses, or once it has succeeded", async () => {
    const { store, calls, replyBy } = setUp();
    await store.release("a", "x");
    expect(calls).toHaveLength(1);
    replyBy(() => Promise.reject(new Error("NOPERM this user has no permissions")));
    await expect(store.release("a", "x")).rejects.toThrow("NOPERM");
    expect(calls).toHaveLength(2);
  });

  it("waits for a renewal no longer than a third of a lease", async () => {
    const { store, replyBy } = setUp({ timeoutMs: Infinity });
    await store.acquire("a", "x");
    replyBy(() => new Promise(() => {}));
    const renewal = follow(store.renew("a", "x"));
    await settle();
    vi.advanceTimersByTime(99);
    await settle();
    expect(renewal.state).toBe("pending");
    vi.advanceTimersByTime(1);
    await settle();
    expect(renewal.error).toMatchObject({ reason: "timeout" });
  });
});
