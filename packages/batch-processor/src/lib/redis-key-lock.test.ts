import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { follow } from "../../../../tooling/observe.ts";
import { RedisKeyLock } from "./redis-key-lock.ts";
import type { RedisKeyLockOptions } from "./redis-key-lock-options.ts";

const { setImmediate } = globalThis;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  vi.spyOn(Math, "random").mockReturnValue(1);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Lets all that is under way happen, the making of a script's name included. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 1) {
    vi.advanceTimersByTime(1);
    await settle();
  }
}

/** A lock over a server that does what the test says: what it answers to an acquire of a key. */
async function setUp(options: Partial<RedisKeyLockOptions> = {}) {
  const log: string[] = [];
  let answer: (key: string, deed: string) => unknown = () => 1;
  let gate: Promise<unknown> = Promise.resolve();
  const lock = new RedisKeyLock({
    client: {
      async send(_, args) {
        const keys = args.slice(2, 2 + Number(args[1])).map((key) => key.split(":").at(-1) ?? "");
        const runs = args.slice(2 + keys.length + 3);
        const deeds = keys
          .slice(1)
          .map((key, index) => ({ key, deed: runs[2 * index] ?? "", me: runs[2 * index + 1] }));
        for (const { key, deed, me } of deeds)
          log.push(`${deed} ${key} ${me?.split(":").at(-1)} at ${performance.now()}`);
        const answers = deeds.map(({ key, deed }) => answer(key, deed));
        await gate;
        return answers;
      },
    },
    namespace: "a",
    leaseMs: 3_000,
    timeoutMs: 200,
    ...options,
  });
  await (await lock.acquire("warm up")).release();
  // The timer of the renewals would ring among the others.
  await settle();
  log.length = 0;
  const start = performance.now();
  return {
    lock,
    /** What was sent, with times since the beginning. */
    sent: () => log.map((line) => line.replace(/[\d.]+$/, (at) => `${Number(at) - start}`)),
    timesOf: (deed: string) =>
      log.filter((line) => line.startsWith(deed)).map((line) => Number(line.split(" ").at(-1)) - start),
    answerBy: (by: typeof answer) => (answer = by),
    hold: (): (() => void) => {
      let open: () => void = () => {};
      gate = new Promise<void>((resolve) => (open = resolve));
      return open;
    },
  };
}

describe("RedisKeyLock", () => {
  it("gives up when Redis takes longer than a lease to answer, again and again", async () => {
    let asked = 0;
    const lock = new RedisKeyLock({
      client: {
        async send(_, args) {
          if (args.includes("a")) asked += 1;
          await new Promise((resolve) => setTimeout(resolve, 30));
          // The first key is that of the last token.
          return Array.from({ length: Number(args[1]) - 1 }, () => 1);
        },
      },
      namespace: "a",
      leaseMs: 20,
      timeoutMs: 1_000,
    });
    const wait = follow(lock.acquire("key"));
    await pass(300);
    expect(wait).toMatchObject({ state: "rejected", error: { code: "DISP_REDIS_UNAVAILABLE", reason: "timeout" } });
    expect(asked).toBe(3);
  });

  it("asks again after pauses that grow twofold up to retryMs", async () => {
    const { lock, timesOf, answerBy } = await setUp();
    answerBy(() => [2_000, 0]);
    const wait = follow(lock.acquire("a"));
    await settle();
    await pass(400);
    expect(timesOf("a")).toEqual([0, 5, 15, 35, 75, 155, 255, 355]);
    expect(wait.state).toBe("pending");
  });

  it("spreads its questions by chance, over the second half of each pause", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const { lock, timesOf, answerBy } = await setUp();
    answerBy(() => [2_000, 0]);
    void lock.acquire("a");
    await settle();
    await pass(100);
    expect(timesOf("a")).toEqual([0, 3, 8, 18, 38, 78]);
  });

  it("asks again no later than the lease of the holder ends", async () => {
    const { lock, timesOf, answerBy } = await setUp();
    answerBy(() => [2, 0]);
    void lock.acquire("a");
    await settle();
    await pass(6);
    expect(timesOf("a")).toEqual([0, 2, 4, 6]);
  });

  it("asks each 25 ms at least when the key is kept for it", async () => {
    const { lock, timesOf, answerBy } = await setUp();
    answerBy(() => [2_000, 1]);
    void lock.acquire("a");
    await settle();
    await pass(120);
    expect(timesOf("a")).toEqual([0, 5, 15, 35, 60, 85, 110]);
  });

  it("asks for many keys with one timer and in one call", async () => {
    const { lock, sent, answerBy } = await setUp();
    answerBy(() => [2_000, 0]);
    for (const key of ["a", "b", "c"]) void lock.acquire(key);
    await settle();
    expect(vi.getTimerCount()).toBe(2);
    await pass(5);
    expect(sent()).toEqual([0, 5].flatMap((at) => ["a", "b", "c"].map((key, n) => `a ${key} ${n + 1} at ${at}`)));
  });

  it("asks for the first in line only, and for the next one in the same call as the release", async () => {
    const { lock, sent } = await setUp();
    const first = lock.acquire("a");
    const second = follow(lock.acquire("a"));
    const lease = await first;
    await settle();
    expect([sent(), second.state]).toEqual([["a a 1 at 0"], "pending"]);
    await lease.release();
    await settle();
    expect([sent(), second.state]).toEqual([["a a 1 at 0", "r a 1 at 0", "a a 2 at 0"], "resolved"]);
  });

  it("gives a lock that is on its way to whoever is in line when it comes", async () => {
    const { lock, sent, hold } = await setUp();
    const open = hold();
    const abort = new AbortController();
    const first = follow(lock.acquire("a", { signal: abort.signal }));
    const second = follow(lock.acquire("a"));
    await settle();
    abort.abort();
    open();
    await settle();
    expect([first.state, second.state, sent()]).toEqual(["rejected", "resolved", ["a a 1 at 0"]]);
  });

  it("gives a lock that nobody wants any more back", async () => {
    const { lock, sent, hold } = await setUp();
    const open = hold();
    const abort = new AbortController();
    const wait = follow(lock.acquire("a", { signal: abort.signal }));
    await settle();
    abort.abort();
    await settle();
    expect(wait.state).toBe("rejected");
    open();
    await settle();
    expect(sent()).toEqual(["a a 1 at 0", "r a 1 at 0"]);
  });

  it("gives up its place when all have left in a pause, and leaves no timer", async () => {
    const { lock, sent, answerBy } = await setUp();
    answerBy((_, deed) => (deed === "a" ? [2_000, 1] : 1));
    const timers = vi.getTimerCount();
    const abort = new AbortController();
    const waits = [1, 2].map(() => follow(lock.acquire("a", { signal: abort.signal })));
    await settle();
    abort.abort("left");
    await settle();
    expect(waits.map(({ error }) => error)).toEqual(["left", "left"]);
    await pass(100);
    expect([sent(), vi.getTimerCount()]).toEqual([["a a 1 at 0", "r a 1 at 0"], timers]);
  });

  it("does not take a lease that may have ended before it was heard of", async () => {
    const { lock, sent, hold } = await setUp({ timeoutMs: Infinity, leaseMs: 50 });
    const open = hold();
    const wait = follow(lock.acquire("a"));
    await settle();
    vi.advanceTimersByTime(50);
    open();
    await settle();
    expect(sent()).toEqual(["a a 1 at 0", "r a 1 at 50", "a a 2 at 50"]);
    expect(wait.value?.isHeld).toBe(true);
  });

  it("asks with the same name while Redis is away, and refuses all in line when it was away for timeoutMs", async () => {
    const { lock, sent, answerBy, timesOf } = await setUp();
    answerBy(() => {
      throw new Error("LOADING Redis is loading the dataset in memory");
    });
    const waits = [1, 2].map(() => follow(lock.acquire("a")));
    await settle();
    await pass(199);
    expect(waits.map(({ state }) => state)).toEqual(["pending", "pending"]);
    await pass(60);
    for (const { error } of waits) expect(error).toMatchObject({ name: "RedisUnavailableError", reason: "server" });
    expect(timesOf("a")).toEqual([0, 5, 15, 35, 75, 155, 255]);
    expect(new Set(sent().map((line) => line.slice(0, 5)))).toEqual(new Set(["a a 1", "r a 1"]));
    await pass(400);
    expect(lock.acquire("a")).toBeInstanceOf(Promise);
  });

  it("counts its absence anew after an answer", async () => {
    const { lock, answerBy } = await setUp();
    const away = () => {
      throw new Error("LOADING Redis is loading the dataset in memory");
    };
    answerBy(away);
    const wait = follow(lock.acquire("a"));
    await settle();
    await pass(150);
    answerBy(() => [2_000, 0]);
    await pass(100);
    answerBy(away);
    await pass(150);
    expect(wait.state).toBe("pending");
  });

  it("refuses at once when the server refuses", async () => {
    const { lock, answerBy } = await setUp();
    answerBy(() => {
      throw new Error("NOPERM this user has no permissions");
    });
    await expect(lock.acquire("a")).rejects.toThrow("NOPERM");
  });

  it("refuses what is no key or no signal, with a promise", async () => {
    const { lock } = await setUp();
    const wrong = { signal: {} as AbortSignal };
    await expect(lock.acquire(5 as unknown as string)).rejects.toThrow("Cannot acquire: key must be a string, got 5");
    await expect(lock.acquire("a", wrong)).rejects.toThrow(TypeError);
    await expect(lock.acquire("a", null as never)).rejects.toThrow(
      "Cannot acquire: options must be an object with only signal, got null",
    );
  });
});
