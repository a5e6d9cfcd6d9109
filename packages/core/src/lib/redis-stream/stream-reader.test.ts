import { describe, expect, it } from "vitest";
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
  const connections = { open: 0 };
  let answer: (reply: unknown) => void = () => {};
  let fail: (error: Error) => void = () => {};
  const client = {
    send(command: string) {
      asked.push(command);
      if (command !== "XREADGROUP") return Promise.resolve(command === "XPENDING" ? [] : "OK");
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
  return { reader, asked, connections, holdings, bring, fail: (error: Error) => fail(error), ends: () => ends };
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

  it("closes a connection that it got when it was over", async () => {
    const { reader, connections } = setUp();
    const answer = reader.next();
    await reader.return();
    await immediate();
    expect([await answer, connections.open]).toEqual([DONE, 0]);
  });
});
