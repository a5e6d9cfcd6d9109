import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Holdings } from "./holdings.ts";
import { StreamErrors } from "./stream-errors.ts";
import { normalize, type RedisStreamSourceOptions } from "./stream-options.ts";

const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** What is in one's hands, with a server that says yes, or that is away. */
function setUp(options: Partial<RedisStreamSourceOptions> = {}) {
  const asked: string[][] = [];
  const server = { isAway: false };
  const client = {
    send(command: string, args: string[]) {
      asked.push([command, ...args]);
      return server.isAway ? Promise.reject(new Error("closed")) : Promise.resolve(1);
    },
  };
  const resolved = normalize({ client, stream: "s", group: "g", consumer: "c", stalledAfterMs: 30_000, ...options });
  const holdings = new Holdings(resolved, new StreamErrors("s", () => {}));
  const keep = (id: string, deliveries = 1) => holdings.keep({ id, fields: {}, deliveries });
  /** The arguments of each script and command, without the name of a script. */
  const told = () => asked.map(([command, ...args]) => (command === "XACK" ? ["XACK", ...args] : args.slice(2)));
  return { asked, server, holdings, keep, told };
}

/** The name of a script is computed by others, outside this thread. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await immediate();
}

describe("what is in one's hands", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  it("is refreshed every third of the time after which it looks deserted", async () => {
    const { keep, told } = setUp();
    keep("1");
    keep("2");
    await vi.advanceTimersByTimeAsync(9_999);
    expect(told()).toEqual([]);
    for (let time = 1; time <= 3; time += 1) {
      await vi.advanceTimersByTimeAsync(time === 1 ? 1 : 10_000);
      await vi.waitFor(() => expect(told()).toHaveLength(time));
      await settle();
    }
    expect(told()).toEqual(Array.from({ length: 3 }, () => ["s", "g", "c", "1", "2"]));
  });

  it("is refreshed in a hurry after a time without Redis", async () => {
    const { keep, asked, server } = setUp();
    keep("1");
    server.isAway = true;
    await vi.advanceTimersByTimeAsync(10_000);
    await vi.waitFor(() => expect(asked).toHaveLength(1));
    await settle();
    server.isAway = false;
    await vi.advanceTimersByTimeAsync(1_000);
    await vi.waitFor(() => expect(asked).toHaveLength(2));
  });

  it("stays so until Redis knows of its end, and then needs no timer", async () => {
    const { keep, told, holdings } = setUp();
    const answer = keep("1").acknowledge();
    expect(holdings.has("1")).toBe(true);
    expect(await answer).toBe(true);
    expect(told()).toEqual([["XACK", "s", "g", "1"]]);
    expect([holdings.has("1"), vi.getTimerCount()]).toEqual([false, 0]);
  });

  it("is only forgotten when it is rejected, so that it looks deserted in time", async () => {
    const { keep, asked, holdings } = setUp();
    expect(await keep("1", 4).reject({ reason: "retries-exhausted", attempts: 3 })).toBe(true);
    expect([asked, holdings.has("1"), vi.getTimerCount()]).toEqual([[], false, 0]);
  });

  it("is released when it is called off, and what was never tried counts as no delivery", async () => {
    const { keep, told } = setUp();
    const answers = [keep("1", 3), keep("2", 3)].map((entry, attempts) =>
      entry.reject({ reason: "aborted", attempts }),
    );
    await vi.waitFor(() => expect(told()).toHaveLength(1));
    await Promise.all(answers);
    expect(told()).toEqual([["s", "g", "c", "30000", "1", "2", "2", "3"]]);
  });

  it("is buried when its last delivery is rejected", async () => {
    const { keep, told } = setUp({ maxDeliveries: 4, deadLetter: "d" });
    const answers = [
      keep("1", 4).reject({ reason: "rejected", error: new RangeError("no"), attempts: 1 }),
      keep("2", 5).reject({ reason: "too-small", error: { a: 1 }, attempts: 0 }),
      keep("3", 9).reject({ reason: "too-small", error: "x".repeat(2_000), attempts: 0 }),
    ];
    await vi.waitFor(() => expect(told()).toHaveLength(1));
    await Promise.all(answers);
    const third = ["3", "too-small", "x".repeat(1_000)];
    expect(told()).toEqual([
      ["s", "d", "g", "c", "1", "rejected", "RangeError: no", "2", "too-small", "an object", ...third],
    ]);
  });
});
