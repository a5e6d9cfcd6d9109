import { describe, expect, it, vi } from "vitest";
import { CoalescedScript, type RunGroup } from "./coalesced-script.ts";
import { RedisConnection } from "./redis-connection.ts";
import type { RedisScript } from "./script.ts";

// That scripts really run so is shown by test/clients.contract.test.ts. Here is what travels together.

const connection = new RedisConnection({ client: { send: () => Promise.resolve(null) } });
const group = (name: string): RunGroup => ({ sharedKeys: [name], sharedArgs: [0] });

function stage(answer: (keys: readonly string[]) => unknown = (keys) => keys.slice(1), maxRuns?: number) {
  const run = vi.fn((_: RedisConnection, keys: readonly string[], args: readonly (string | number)[]) =>
    Promise.resolve(args).then(() => answer(keys)),
  );
  const script: RedisScript<unknown> = { lua: "", run };
  const calls = () => run.mock.calls.map(([, keys, args]) => ({ keys, args }));
  return { coalesced: new CoalescedScript({ connection, script, maxRuns }), calls };
}

describe("runs of one turn", () => {
  it("travel in one call for each group, and each has its own answer", async () => {
    const { coalesced, calls } = stage();
    const [x, y] = [group("x"), group("y")];
    const answers = [coalesced.run(x, "a", [1]), coalesced.run(y, "b", [2]), coalesced.run(x, "a", ["3"])];
    void Promise.resolve().then(() => answers.push(coalesced.run(x, "c", [4])));
    expect(calls()).toEqual([]);
    await Promise.all(answers);
    expect(await Promise.all(answers)).toEqual(["a", "b", "a", "c"]);
    expect(calls()).toEqual([
      { keys: ["x", "a", "a", "c"], args: [0, 1, "3", 4] },
      { keys: ["y", "b"], args: [0, 2] },
    ]);
  });

  it("leave at once when a call is full", async () => {
    const { coalesced, calls } = stage(undefined, 2);
    const x = group("x");
    const answers = ["a", "b", "c", "d", "e"].map((key) => coalesced.run(x, key, []));
    expect(calls().map(({ keys }) => keys)).toEqual([
      ["x", "a", "b"],
      ["x", "c", "d"],
    ]);
    expect(await Promise.all(answers)).toEqual(["a", "b", "c", "d", "e"]);
    expect(calls()).toHaveLength(3);
  });

  it("of another turn travel in another call", async () => {
    const { coalesced, calls } = stage();
    const x = group("x");
    await coalesced.run(x, "a", []);
    await coalesced.run(x, "b", []);
    expect(calls()).toHaveLength(2);
  });

  it("fail together", async () => {
    const error = new Error("away");
    const { coalesced } = stage(() => Promise.reject(error));
    const x = group("x");
    const outcomes = await Promise.allSettled([coalesced.run(x, "a", []), coalesced.run(x, "b", [])]);
    expect(outcomes).toEqual([
      { status: "rejected", reason: error },
      { status: "rejected", reason: error },
    ]);
  });

  it.each([[["one"]], ["text"], [null], [[1, 2, 3]]])(
    "fail when the script answers %j to two of them",
    async (answer) => {
      const { coalesced } = stage(() => answer);
      const x = group("x");
      const outcomes = await Promise.allSettled([coalesced.run(x, "a", []), coalesced.run(x, "b", [])]);
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: "rejected", reason: { name: "TypeError" } });
      }
    },
  );
});

it("says what is wrong with its options", () => {
  const script: RedisScript<unknown> = { lua: "", run: () => Promise.resolve([]) };
  expect(() => new CoalescedScript({ connection, script, maxRuns: 0 })).toThrow(
    new RangeError("Cannot create a CoalescedScript: maxRuns must be a whole number >= 1, got 0"),
  );
  expect(() => new CoalescedScript({ connection: {} as never, script })).toThrow(TypeError);
  expect(() => new CoalescedScript({ connection, script: {} as never })).toThrow(TypeError);
});

describe("what is wrong", () => {
  it("fails its own run, and none of those that travel with the others", async () => {
    const { coalesced, calls } = stage();
    const x = group("x");
    const good = coalesced.run(x, "a", [1]);
    await expect(coalesced.run(x, undefined as never, [1])).rejects.toThrow(
      new TypeError("Cannot run a script: key must be a string, got undefined"),
    );
    await expect(coalesced.run(x, "b", [undefined as never])).rejects.toThrow(
      new TypeError("Cannot run a script: args[0] must be a string, a number or a Buffer, got undefined"),
    );
    await expect(coalesced.run(x, "b", 5 as never)).rejects.toThrow("args must be an array of strings, got 5");
    expect(await good).toBe("a");
    expect(calls()).toEqual([{ keys: ["x", "a"], args: [0, 1] }]);
  });

  it.each([
    [null, "options must be an object with only connection, script, maxRuns, got null"],
    [{ maxRun: 5 }, "options must be an object with only connection, script, maxRuns, got an object with"],
    [{ maxRuns: null }, "maxRuns must be a whole number >= 1, got null"],
  ])("is refused at once: %j", (options, rule) => {
    const script = { lua: "", run: vi.fn() };
    const given = options === null ? null : { connection, script, ...options };
    expect(() => new CoalescedScript(given as never)).toThrow(`Cannot create a CoalescedScript: ${rule}`);
  });
});
