import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { follow, turn } from "../../../../tooling/observe.ts";
import { RedisUnavailableError } from "./errors.ts";
import type { IoredisClient, NodeRedisClient } from "./redis-client.ts";
import { RedisConnection } from "./redis-connection.ts";

// How real servers and clients fail is shown by test/faults.test.ts. Here is the budget, to the millisecond.

/** A client that is not connected until it is told so. */
class Client {
  isOpen = true;
  isReady = false;
  readonly sent: string[][] = [];
  readonly #listeners = new Map<string, Set<() => void>>();
  answer: () => Promise<unknown> = () => Promise.resolve("OK");

  sendCommand(args: string[]): Promise<unknown> {
    this.sent.push(args);
    return this.answer();
  }
  on(event: string, listener: () => void): void {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(listener));
  }
  off(event: string, listener: () => void): void {
    this.#listeners.get(event)?.delete(listener);
  }
  emit(event: string): void {
    for (const listener of [...(this.#listeners.get(event) ?? [])]) listener();
  }
  get listeners(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }
  get asClient(): NodeRedisClient {
    return this as unknown as NodeRedisClient;
  }
}

let client: Client;
let connection: RedisConnection;

beforeEach(() => {
  vi.useFakeTimers();
  client = new Client();
  connection = new RedisConnection({ client: client.asClient, timeoutMs: 100 });
});

afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  expect(client.listeners).toBe(0);
  vi.useRealTimers();
});

describe("a call", () => {
  it("is answered by the server", async () => {
    client.isReady = true;
    expect(await connection.send(["SET", "a", "1"])).toBe("OK");
    expect(client.sent).toEqual([["SET", "a", "1"]]);
  });

  it("waits for the connection, and is sent as soon as there is one", async () => {
    const call = follow(connection.send(["PING"]));
    await vi.advanceTimersByTimeAsync(99);
    expect(client.sent).toEqual([]);
    client.isReady = true;
    client.emit("ready");
    await turn();
    expect(call).toEqual({ state: "resolved", value: "OK" });
  });

  it("fails when there is no connection in time, and is never sent", async () => {
    const call = follow(connection.send(["INCR", "a"]));
    await vi.advanceTimersByTimeAsync(99);
    expect(call.state).toBe("pending");
    await vi.advanceTimersByTimeAsync(1);
    expect(call.error).toBeInstanceOf(RedisUnavailableError);
    expect(call.error).toMatchObject({
      code: "DISP_REDIS_UNAVAILABLE",
      command: "INCR",
      reason: "timeout",
      message: "Cannot run INCR: Redis must answer, got nothing within 100 ms (timeoutMs)",
    });
    client.isReady = true;
    client.emit("ready");
    await turn();
    expect(client.sent).toEqual([]);
  });

  it("fails when there is no answer in time; one that comes late changes nothing", async () => {
    client.isReady = true;
    let reject: (error: Error) => void = () => {};
    client.answer = () => new Promise((_, fail) => (reject = fail));
    const call = follow(connection.send(["GET", "a"]));
    await vi.advanceTimersByTimeAsync(100);
    expect(call.error).toMatchObject({ reason: "timeout" });
    reject(new Error("Connection is closed."));
    await turn();
    expect(call.error).toMatchObject({ reason: "timeout" });
  });

  it("is not blamed for the time in which the event loop stood still", async () => {
    client.isReady = true;
    let resolve: (reply: string) => void = () => {};
    client.answer = () => new Promise((settle) => (resolve = settle));
    const call = follow(connection.send(["GET", "a"]));
    await vi.advanceTimersByTimeAsync(60);
    // The timer cannot fire before the loop goes on, and then comes before all that has arrived meanwhile.
    const clock = vi.spyOn(performance, "now").mockReturnValue(performance.now() + 70);
    await vi.advanceTimersByTimeAsync(40);
    expect(call.state).toBe("pending");
    resolve("late, but here");
    await turn();
    expect(call).toEqual({ state: "resolved", value: "late, but here" });
    clock.mockRestore();
  });

  it("may have a budget of its own, or none", async () => {
    const short = follow(connection.send(["GET", "a"], { timeoutMs: 10 }));
    const endless = follow(connection.send(["GET", "b"], { timeoutMs: Infinity }));
    await vi.advanceTimersByTimeAsync(10);
    expect([short.state, endless.state]).toEqual(["rejected", "pending"]);
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(endless.state).toBe("pending");
    client.isReady = true;
    client.emit("ready");
    await turn();
    expect(endless.state).toBe("resolved");
  });

  it("fails at once when the client was closed while it waited", async () => {
    client.answer = () => Promise.reject(new Error("The client is closed"));
    const call = follow(connection.send(["GET", "a"]));
    client.isOpen = false;
    client.emit("end");
    await turn();
    expect(call.error).toMatchObject({ reason: "connection", cause: { message: "The client is closed" } });
  });

  it("fails when the client throws", async () => {
    client.isReady = true;
    client.answer = () => {
      throw new TypeError("no socket");
    };
    await expect(connection.send(["GET", "a"])).rejects.toMatchObject({ reason: "connection" });
  });

  it("has the server's own error when it was wrong itself", async () => {
    client.isReady = true;
    const error = new Error("WRONGTYPE Operation against a key holding the wrong kind of value");
    client.answer = () => Promise.reject(error);
    await expect(connection.send(["GET", "a"])).rejects.toBe(error);
  });

  it("says so when the server cannot serve", async () => {
    client.isReady = true;
    client.answer = () => Promise.reject(new Error("LOADING Redis is loading the dataset in memory"));
    await expect(connection.send(["GET", "a"])).rejects.toMatchObject({
      reason: "server",
      message: "Cannot run GET: Redis must answer, got Error: LOADING Redis is loading the dataset in memory",
    });
  });
});

it("says that a client of node-redis was not connected", async () => {
  client.isOpen = false;
  client.answer = () => Promise.reject(new Error("The client is closed"));
  await expect(connection.send(["GET", "a"])).rejects.toMatchObject({
    reason: "connection",
    message:
      "Cannot run GET: Redis must answer, got Error: The client is closed (it is not connected: await client.connect())",
  });
});

describe("a call with the wrong words", () => {
  it.each([
    ["PING", 'args must be an array of strings, got "PING"'],
    [undefined, "args must be an array of strings, got undefined"],
    [[], "args must name a command, got an array of 0"],
    [["GET", undefined], "args[1] must be a string, a number or a Buffer, got undefined"],
    [["SET", "a", { b: 1 }], "args[2] must be a string, a number or a Buffer, got an object"],
  ])("is not sent: %j", async (args, rule) => {
    client.isReady = true;
    await expect(connection.send(args as never)).rejects.toThrow(new TypeError(`Cannot send a command: ${rule}`));
    expect(client.sent).toEqual([]);
  });

  it.each([
    [null, "options must be an object with only key, timeoutMs, got null"],
    [500, "options must be an object with only key, timeoutMs, got 500"],
    [{ signal: 1 }, 'options must be an object with only key, timeoutMs, got an object with "signal"'],
    [{ timeoutMs: null }, "timeoutMs must be a number > 0 or Infinity, got null"],
    [{ timeoutMs: 0 }, "timeoutMs must be a number > 0 or Infinity, got 0"],
    [{ key: 5 }, "key must be a string, got 5"],
  ])("or options is not sent: %j", async (options, rule) => {
    client.isReady = true;
    await expect(connection.send(["PING"], options as never)).rejects.toThrow(`Cannot send a command: ${rule}`);
    expect(client.sent).toEqual([]);
  });

  it("writes numbers", async () => {
    client.isReady = true;
    await connection.send(["SET", "a", 5 as never], { key: undefined, timeoutMs: undefined });
    expect(client.sent).toEqual([["SET", "a", "5"]]);
  });
});

it("is no client itself", () => {
  expect(() => new RedisConnection({ client: connection as never })).toThrow(
    "Cannot create a RedisConnection: client must be one of ioredis or node-redis, got a RedisConnection: take its client",
  );
  expect(() => new RedisConnection(null as never)).toThrow("options must be an object with only client, timeoutMs");
});

it("hears that a client of node-redis has given up", async () => {
  client.answer = () => Promise.reject(new Error("The client is closed"));
  const call = follow(connection.send(["GET", "a"]));
  client.isOpen = false;
  client.emit("error");
  await turn();
  expect(call.error).toMatchObject({ reason: "connection" });
});

it("waits in one line with all others of the client", async () => {
  const other = new RedisConnection({ client: client.asClient, timeoutMs: 200 });
  const calls = [connection, other, connection].map((each, index) => each.send(["ECHO", String(index)]));
  expect(client.listeners).toBe(3);
  client.isReady = true;
  client.emit("ready");
  await Promise.all(calls);
  expect(client.sent.map(([, index]) => index)).toEqual(["0", "1", "2"]);
});

it("tells a client of ioredis that connects when it is needed to do so", async () => {
  const listeners = new Map<string, () => void>();
  const lazy = {
    status: "wait",
    isCluster: false,
    connect: vi.fn(() => Promise.resolve()),
    call: vi.fn(() => Promise.resolve("PONG")),
    on: (event: string, listener: () => void) => listeners.set(event, listener),
    off: () => {},
  };
  const call = new RedisConnection({ client: lazy as unknown as IoredisClient }).send(["PING"]);
  expect(lazy.connect).toHaveBeenCalledOnce();
  expect(lazy.call).not.toHaveBeenCalled();
  lazy.status = "ready";
  listeners.get("ready")?.();
  expect(await call).toBe("PONG");
});

it.each([
  [{ timeoutMs: 0 }, "timeoutMs must be a number > 0 or Infinity, got 0"],
  [{ timeoutMs: Number.NaN }, "timeoutMs must be a number > 0 or Infinity, got NaN"],
  [{ timeoutMs: null }, "timeoutMs must be a number > 0 or Infinity, got null"],
  [{ timeout: 5 }, 'options must be an object with only client, timeoutMs, got an object with "timeout"'],
  [{ client: 7 }, "client must be one of ioredis or node-redis, got 7"],
])("refuses %j", (options, rule) => {
  const wrong = { client: client.asClient, ...options } as never;
  expect(() => new RedisConnection(wrong)).toThrow(`Cannot create a RedisConnection: ${rule}`);
});
