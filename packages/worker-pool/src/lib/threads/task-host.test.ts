import { MessageChannel, type MessagePort } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AnswerReader } from "./answer-board.ts";
import { TaskHost } from "./task-host.ts";
import { TurnstileOwner } from "./turnstile.ts";

/** A table as the host sees it, in this thread: its other end is a port instead of a Worker. */
describe("a task host", () => {
  let near: MessagePort;
  let far: MessagePort;
  let heard: unknown[];
  let begun: string[];
  let host: TaskHost;
  let owner: TurnstileOwner;
  let board: AnswerReader;
  const gates: (() => void)[] = [];

  /** Until so many messages have come. */
  async function messages(count: number): Promise<unknown[]> {
    while (heard.length < count) await new Promise(setImmediate);
    return heard;
  }

  function greet(): void {
    near.postMessage({
      protocol: "@disp/worker-pool/threads 1",
      turnstile: owner.memory,
      board: board.memory,
    });
  }

  beforeEach(() => {
    ({ port1: near, port2: far } = new MessageChannel());
    heard = [];
    begun = [];
    owner = new TurnstileOwner();
    board = new AnswerReader();
    near.on("message", (message: unknown) => heard.push(message));
    host = new TaskHost(
      {
        echo: (value: unknown) => {
          begun.push("echo");
          return value;
        },
        wait: () => new Promise<void>((resolve) => gates.push(resolve)).then(() => "waited"),
        fail: () => Promise.reject(new RangeError("failed")),
        signal: () => (host.signal?.aborted === true ? "aborted" : "not aborted"),
        thenable: () => ({ then: (resolve: (value: string) => void) => resolve("unwrapped") }),
      },
      far,
    );
  });

  afterEach(() => {
    near.close();
  });

  it("answers the greeting with the names it knows, and nothing before it", async () => {
    near.postMessage("something else");
    near.postMessage([1, 0, ["too early"]]);
    near.postMessage(null);
    greet();
    expect(await messages(1)).toEqual([{ names: ["echo", "wait", "fail", "signal", "thenable"] }]);
    expect(begun).toEqual([]);
  });

  it("does one call after another, each answered before the next begins", async () => {
    greet();
    near.postMessage([1, 1, [], 0, ["second"]]);
    near.postMessage([3, 4, [], 2, []]);
    await messages(1);
    while (gates.length === 0) await new Promise(setImmediate);
    expect(begun).toEqual([]);
    gates.shift()?.();
    expect((await messages(5)).slice(1, 4)).toEqual([
      [1, "waited"],
      [2, "second"],
      [3, "unwrapped"],
    ]);
    expect(heard[4]).toMatchObject([4, { kind: "error", name: "RangeError", message: "failed" }, true]);
  });

  it("writes short results where they cost no message each", async () => {
    greet();
    near.postMessage([1, 0, [7], 0, [true], 0, [undefined]]);
    expect(await messages(2)).toEqual([expect.anything(), 0]);
    while (!board.has(3)) await new Promise(setImmediate);
    expect([board.take(1), board.take(2), board.take(3)]).toEqual([7, true, undefined]);
    expect(heard).toHaveLength(2);
  });

  it("does not begin what was taken back", async () => {
    greet();
    await messages(1);
    owner.close(2);
    near.postMessage([1, 0, ["a"], 0, ["b"], 0, ["c"]]);
    expect((await messages(2))[1]).toEqual([3, "c"]);
    expect(begun).toEqual(["echo"]);
  });

  it("has a signal for the current call only, aborted by a note about that call", async () => {
    greet();
    near.postMessage([1, 1, [], 3, []]);
    while (gates.length === 0) await new Promise(setImmediate);
    const signal = host.signal!;
    expect(signal).toBe(host.signal);
    near.postMessage({ call: 2, name: "E", message: "not this one" });
    near.postMessage({ call: 1, name: "TimeoutError", message: "too slow" });
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    expect(String(signal.reason)).toBe("TimeoutError: too slow");
    gates.shift()?.();
    expect((await messages(3)).slice(1)).toEqual([
      [1, "waited"],
      [2, "not aborted"],
    ]);
    expect(host.signal).toBeUndefined();
  });

  it("sees in shared memory that the call is to stop, and fetches why", async () => {
    greet();
    near.postMessage([1, 1, []]);
    while (gates.length === 0) await new Promise(setImmediate);
    expect(host.signal?.aborted).toBe(false);
    near.postMessage({ call: 1, name: "TimeoutError", message: "too slow" });
    owner.askToStop(1);
    expect(host.signal?.aborted).toBe(true);
    expect(String(host.signal?.reason)).toBe("TimeoutError: too slow");
    gates.shift()?.();
    await messages(2);
  });

  it("sees it without a note as well", async () => {
    greet();
    owner.askToStop(1);
    near.postMessage([1, 3, []]);
    expect((await messages(2))[1]).toEqual([1, "aborted"]);
  });
});
