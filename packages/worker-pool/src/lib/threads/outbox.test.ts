import { describe, expect, it } from "vitest";
import { Outbox, PendingCall } from "./outbox.ts";

const nothing = (): void => {};

function pending(task: number, args: readonly unknown[] = [], transfer: readonly unknown[] = []): PendingCall {
  return new PendingCall(task, args, transfer, nothing, nothing);
}

/** Refuses what has a function in it, as real ones do. */
function mailbox(): { readonly posted: unknown[]; post(message: unknown, transfer?: readonly unknown[]): void } {
  const posted: unknown[] = [];
  return {
    posted,
    post: (message, transfer) => {
      posted.push(transfer === undefined ? structuredClone(message) : [structuredClone(message), transfer]);
    },
  };
}

describe("an outbox", () => {
  it("posts all it has in one message, numbered in a row", () => {
    const box = mailbox();
    const outbox = new Outbox(box);
    const [first, second, third] = [pending(5), pending(6, ["b"]), pending(7, ["c", "d"])];
    outbox.postOne(first);
    outbox.add(second);
    outbox.add(third);
    outbox.post(first);
    expect(box.posted).toEqual([
      [1, 5, []],
      [2, 6, ["b"], 7, ["c", "d"]],
    ]);
    expect([first.number, second.number, third.number, outbox.lastNumber, outbox.size]).toEqual([1, 2, 3, 3, 0]);
  });

  it("leaves out what cannot be sent, and gives it no number", () => {
    const box = mailbox();
    const outbox = new Outbox(box);
    const calls = [pending(0), pending(0, [nothing]), pending(1), pending(2)];
    calls[3]!.failure = { error: "known before" };
    for (const call of calls) outbox.add(call);
    outbox.post(calls[0]!);
    expect(box.posted).toEqual([
      [1, 0, []],
      [2, 1, []],
    ]);
    expect(calls.map(({ number }) => number)).toEqual([1, 0, 2, 0]);
    expect(calls[1]?.failure?.error).toMatchObject({ name: "DataCloneError" });
  });

  it("posts a call that moves its arguments alone, and nothing behind it until it is answered", () => {
    const box = mailbox();
    const outbox = new Outbox(box);
    const calls = [pending(0), pending(1, ["m"], ["m"]), pending(2)];
    for (const call of calls) outbox.add(call);
    outbox.post(calls[0]!);
    expect(outbox.size).toBe(2);
    outbox.post(calls[0]!);
    outbox.post(calls[1]!);
    outbox.post(calls[1]!);
    expect(outbox.size).toBe(1);
    outbox.post(calls[2]!);
    expect(box.posted).toEqual([
      [1, 0, []],
      [[2, 1, ["m"]], ["m"]],
      [3, 2, []],
    ]);
  });

  it("forgets what it is told to forget", () => {
    const box = mailbox();
    const outbox = new Outbox(box);
    outbox.add(pending(0));
    outbox.clear();
    outbox.post(pending(1));
    expect([outbox.size, outbox.lastNumber]).toEqual([0, 0]);
  });
});
