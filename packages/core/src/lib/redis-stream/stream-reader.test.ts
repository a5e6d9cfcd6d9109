import { describe, expect, it, vi } from "vitest";
import { follow } from "../../../../../tooling/observe.ts";
import { Holdings } from "./holdings.ts";
import { StreamErrors } from "./stream-errors.ts";
import { normalize } from "./stream-options.ts";
import { StreamReader } from "./stream-reader.ts";

const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const DONE = { done: true, value: undefined };

/** A server where nothing is pending, and that brings entries when it is told to. */
function setUp({ signal }: { readonly signal?: AbortSignal } = {}) {
  const asked: string[] = [];
  /** The arguments of each `XPENDING` and script, and what they are answered. */
  const sweeps: string[][] = [];
  const scripts: string[][] = [];
  const replies = { pending: [] as unknown[], script: Promise.resolve<unknown>(1), isAway: false };
  const connections = { open: 0 };
  let answer: (reply: unknown) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const client = {
    send(command: string, args: string[]) {
      asked.push(command);
      if (command === "XPENDING") {
        sweeps.push(args);
        return Promise.resolve(replies.pending);
      }
      if (command === "EVALSHA") {
        scripts.push(args);
        return replies.script;
      }
      if (replies.isAway) return Promise.reject(new Error("closed"));
      if (command !== "XREADGROUP") return Promise.resolve("OK");
      return new Promise((resolve, reject) => {
        answer = resolve;
        fail = reject;
      });
    },
    duplicate() {
      connections.open += 1;
      return client;
    },
    close() {
      connections.open -= 1;
      fail(new Error("closed"));
    },
  };
  const options = normalize({ client, stream: "s", group: "g", consumer: "c", signal });
  const errors = new StreamErrors("s", () => {});
  const holdings = new Holdings(options, errors);
  let ends = 0;
  const reader = new StreamReader({ options, holdings, errors, onEnd: () => void (ends += 1) });
  const bring = (...ids: string[]) => answer([["s", ids.map((id) => [id, ["a", id]])]]);
  return {
    reader,
    asked,
    sweeps,
    scripts,
    replies,
    connections,
    bring,
    fail: (error: Error) => fail(error),
    ends: () => ends,
  };
}

describe("a reader", () => {
  it("asks for nothing until it is asked", async () => {
    const { asked, connections } = setUp();
    await immediate();
    expect([asked, connections.open]).toEqual([[], 0]);
  });

  it("looks for the group, its own entries and deserted ones, and then waits for new ones", async () => {
    const { reader, asked, connections } = setUp();
    void reader.next();
    await immediate();
    expect(asked).toEqual(["XGROUP", "XPENDING", "XPENDING", "XREADGROUP"]);
    expect(connections.open).toBe(1);
  });

  it("answers calls that come together in their order, and asks again only when nothing is left", async () => {
    const { reader, asked, bring } = setUp();
    const answers = [1, 2, 3].map(() => follow(reader.next()));
    await immediate();
    bring("1", "2");
    await immediate();
    const idOf = ({ value }: (typeof answers)[0]) => value?.value?.id;
    expect(answers.map(idOf)).toEqual(["1", "2", undefined]);
    expect(asked.filter((command) => command === "XREADGROUP")).toHaveLength(2);
    bring("3");
    await immediate();
    expect(answers.map(idOf)).toEqual(["1", "2", "3"]);
  });

  it.each(["return", "signal"])(
    "ends at once by its %s, closes its connection, and gives everybody an answer",
    async (how) => {
      const stop = new AbortController();
      const { reader, connections, ends } = setUp({ signal: stop.signal });
      const answers = [reader.next(), reader.next()];
      await immediate();
      if (how === "return") expect(await reader.return()).toEqual(DONE);
      else stop.abort();
      expect(await Promise.all([...answers, reader.next()])).toEqual([DONE, DONE, DONE]);
      expect([connections.open, ends()]).toEqual([0, 1]);
      await reader.return();
      expect(ends()).toBe(1);
    },
  );

  it("fails, and is over, when Redis refuses", async () => {
    const { reader, fail, connections, ends } = setUp();
    const answer = reader.next();
    await immediate();
    fail(new Error("NOPERM this user has no permissions"));
    await expect(answer).rejects.toThrow("NOPERM");
    expect(await reader.next()).toEqual(DONE);
    expect([connections.open, ends()]).toEqual([0, 1]);
  });

  it("asks after a failed read for what was lost on its way, and leaves deserted entries to those who were away, too", async () => {
    const { reader, asked, sweeps, bring, fail } = setUp();
    const first = reader.next();
    await immediate();
    bring("5-1");
    await first;
    expect(sweeps.map((args) => args.slice(3))).toEqual([
      ["0", "-", "+", "100", "c"],
      ["60000", "-", "+", "100"],
    ]);
    const second = reader.next();
    await immediate();
    fail(new Error("closed"));
    await vi.waitFor(() => expect(asked.filter((command) => command === "XREADGROUP")).toHaveLength(3));
    bring("6-1");
    expect(await second).toMatchObject({ value: { id: "6-1" } });
    expect(sweeps.slice(2).map((args) => args.slice(3))).toEqual([["0", "(5-1", "+", "100", "c"]]);
  });

  it("gives others the time to say that they care for their entries, once Redis was away", async () => {
    const { reader, asked, sweeps, replies } = setUp();
    replies.isAway = true;
    void reader.next();
    await immediate();
    expect(asked).toEqual(["XGROUP"]);
    replies.isAway = false;
    await vi.waitFor(() => expect(asked).toContain("XREADGROUP"));
    expect(sweeps.map((args) => args.slice(3))).toEqual([["0", "-", "+", "100", "c"]]);
    await reader.return();
  });

  it("releases what comes when it is over", async () => {
    const { reader, scripts, replies } = setUp();
    replies.pending = [["5-1", "c", 1, 1]];
    let claimed: (reply: unknown) => void = () => {};
    replies.script = new Promise((resolve) => (claimed = resolve));
    const answer = reader.next();
    await vi.waitFor(() => expect(scripts).toHaveLength(1));
    await reader.return();
    claimed([["5-1", [], 2]]);
    expect(await answer).toEqual(DONE);
    await vi.waitFor(() => expect(scripts).toHaveLength(2));
    expect(scripts[1]?.slice(2)).toEqual(["s", "g", "c", "60000", "5-1", "1"]);
  });

  it("closes a connection that it got when it was over", async () => {
    const { reader, connections } = setUp();
    const answer = reader.next();
    await reader.return();
    await immediate();
    expect([await answer, connections.open]).toEqual([DONE, 0]);
  });
});
