import { Redis } from "ioredis";
import { describe, expect, it, vi } from "vitest";
import { dialectOf } from "./dialect.ts";
import type { IoredisClient, NodeRedisClient, NodeRedisCluster } from "./redis-client.ts";

// What the clients really do is shown by test/clients.contract.test.ts. Here are the states in which they are left alone.

interface Log {
  /** What was called, in order. */
  readonly log: string[];
}

function ioredis(status: string): IoredisClient & Log {
  const log: string[] = [];
  return {
    log,
    status,
    isCluster: false,
    call: (command) => Promise.resolve(command),
    connect() {
      log.push("connect");
      return Promise.reject(new Error("connect ECONNREFUSED"));
    },
    disconnect: () => {},
    duplicate: () => ioredis("connecting"),
    on: (event) => log.push(`on ${event}`),
    off: (event) => log.push(`off ${event}`),
  };
}

function nodeRedis(isOpen: boolean, isReady: boolean): NodeRedisClient {
  return {
    isOpen,
    isReady,
    sendCommand: vi.fn(() => Promise.resolve("reply")),
    connect: vi.fn(() => Promise.resolve()),
    destroy: vi.fn(),
    duplicate: vi.fn(() => nodeRedis(false, false)),
    on: vi.fn(),
    off: vi.fn(),
  };
}

describe("a client of ioredis", () => {
  it.each([
    ["ready", true],
    ["end", true],
    ["wait", false],
    ["connecting", false],
    ["connect", false],
    ["reconnecting", false],
    ["close", false],
  ])("that is in the state %s is given commands: %s", (status, isSettled) => {
    expect(dialectOf("test", ioredis(status)).isSettled()).toBe(isSettled);
  });

  it("that connects when it is needed is told to", () => {
    const client = ioredis("wait");
    dialectOf("test", client).onSettled(() => {});
    expect(client.log).toEqual(["connect", "on ready", "on end", "on error"]);
  });

  it("that connects already is left alone", () => {
    const client = ioredis("connecting");
    dialectOf("test", client).onSettled(() => {});
    expect(client.log).toEqual(["on ready", "on end", "on error"]);
  });

  it("is listened to for as long as somebody waits", () => {
    const client = ioredis("connecting");
    const stop = dialectOf("test", client).onSettled(() => {});
    expect(client.log).toEqual(["on ready", "on end", "on error"]);
    stop();
    expect(client.log).toEqual(["on ready", "on end", "on error", "off ready", "off end", "off error"]);
  });
});

describe("a client of node-redis", () => {
  it.each([
    [true, true, true],
    [true, false, false],
    [false, false, true],
  ])("that is open: %s and ready: %s is given commands: %s", (isOpen, isReady, isSettled) => {
    expect(dialectOf("test", nodeRedis(isOpen, isReady)).isSettled()).toBe(isSettled);
  });

  it("of a cluster is told the key, and how long a command may wait", async () => {
    const sendCommand = vi.fn(() => Promise.resolve("reply"));
    const client = { nodeByAddress: new Map(), sendCommand } as unknown as NodeRedisCluster;
    await dialectOf("test", client).send(["GET", "a"], "a", 5);
    expect(sendCommand).toHaveBeenCalledExactlyOnceWith("a", false, ["GET", "a"], { timeout: 5 });
  });
});

describe("a client of another kind", () => {
  const send = (): Promise<unknown> => Promise.resolve("reply");

  it("is taken for a single server, unless it says otherwise", () => {
    expect(dialectOf("test", { send }).isCluster).toBe(false);
    expect(dialectOf("test", { send, isCluster: true }).isCluster).toBe(true);
  });

  it("needs a method for a second connection only where one is asked for", async () => {
    expect(() => dialectOf("test", { send }).duplicate()).toThrow(
      new TypeError("Cannot open a second connection: client must have a method duplicate, got none"),
    );
    const twin = dialectOf("test", { send, duplicate: () => ({ send }) }).duplicate();
    expect(await twin.opened).toEqual({ send });
    expect(() => twin.close()).not.toThrow();
  });
});

describe("what is no client", () => {
  const make = "made by new Redis(url) of ioredis, or by createClient({ url }) of redis and connected, got";

  it.each<[unknown, string]>([
    [undefined, "got undefined"],
    [null, "got null"],
    [7, "got 7"],
    ["redis://:secret@localhost", `${make} a string`],
    [new URL("redis://:secret@localhost"), `${make} a URL`],
    [Redis, `${make} function Redis`],
    [Promise.resolve({}), "got a promise: await it"],
    [{}, "got an object of another kind"],
    [{ sendCommand: true }, "got an object of another kind"],
  ])("is refused, with the cure: %o", (client, complaint) => {
    const call = (): unknown => dialectOf("test", client as never);
    expect(call).toThrow(TypeError);
    expect(call).toThrow(/^Cannot test: client must be one of ioredis or node-redis/u);
    expect(call).toThrow(complaint);
    expect(call).not.toThrow("secret");
  });
});
