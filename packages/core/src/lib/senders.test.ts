import { BatchBuffer, type Drop } from "@disp/buffer";
import { fixedDelay } from "@disp/retry";
import { describe, expect, it, vi } from "vitest";
import { SendTimeoutError } from "./errors.ts";
import type { ResolvedOptions } from "./options.ts";
import { Senders } from "./senders.ts";

type Options = Pick<ResolvedOptions<string>, "send" | "onError" | "maxConcurrency" | "sendTimeoutMs">;

function setUp(options: Partial<Options> & Pick<Options, "send">) {
  const drops: Drop<string>[] = [];
  const buffer = new BatchBuffer<string>({
    maxItems: 1,
    retry: fixedDelay({ delayMs: 10, maxRetries: 1 }),
    onDrop: (drop) => drops.push(drop),
  });
  const onSettled = vi.fn();
  const defaults = { onError: undefined, maxConcurrency: 2, sendTimeoutMs: Infinity };
  const senders = new Senders<string>({ ...defaults, ...options }, 0, onSettled);
  const start = (item: string, now = 0) => {
    buffer.add(item, now);
    const lease = buffer.lease(now);
    if (lease !== undefined) senders.start(lease, now);
  };
  return { buffer, drops, onSettled, senders, start };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));
const hangs = () => new Promise<void>(() => {});

describe("Senders", () => {
  it("count who runs, and when the first of them started and times out", () => {
    const { senders, start } = setUp({ send: hangs, sendTimeoutMs: 50 });
    expect([senders.idle, senders.stats(7).oldestSendAgeMs, senders.nextTimeoutAt]).toEqual([2, 0, Infinity]);
    start("a", 10);
    start("b", 20);
    expect([senders.running, senders.idle]).toEqual([2, 0]);
    expect([senders.stats(25).oldestSendAgeMs, senders.nextTimeoutAt, senders.lastStartAt]).toEqual([15, 60, 20]);
  });

  it("deliver at once what is sent at once, and later what is sent later", async () => {
    const sync = setUp({ send: () => undefined });
    sync.start("a");
    expect(sync.buffer.stats().delivered.items).toBe(1);
    const later = setUp({ send: () => Promise.resolve() });
    later.start("a");
    expect(later.onSettled).not.toHaveBeenCalled();
    await settle();
    expect(later.buffer.stats().delivered.items).toBe(1);
    expect(later.onSettled).toHaveBeenCalledTimes(1);
  });

  it.each(["succeeds", "fails"])(
    "expire only those whose time has come, and ignore it when one %s later",
    async (end) => {
      const answers: (() => void)[] = [];
      const send = () =>
        new Promise<void>((resolve, reject) =>
          answers.push(end === "fails" ? () => reject(new Error("late")) : resolve),
        );
      const { buffer, senders, start } = setUp({ send, sendTimeoutMs: 50 });
      start("a", 0);
      start("b", 20);
      senders.expire(60);
      expect([senders.running, senders.failures]).toEqual([1, 1]);
      answers[0]?.();
      await settle();
      expect([buffer.stats().delivered.items, senders.failures]).toEqual([0, 1]);
    },
  );

  it("tell onError of a timeout before the signal is aborted by it", () => {
    const heard: unknown[] = [];
    const { senders, start } = setUp({
      send: (_, { signal }) => {
        signal.addEventListener("abort", () => heard.push(signal.reason));
        return hangs();
      },
      sendTimeoutMs: 50,
      onError: ({ error }) => void heard.push(error),
    });
    start("a");
    senders.expire(50);
    expect(heard).toEqual([new SendTimeoutError(50), new SendTimeoutError(50)]);
  });

  it("do with a failure what onError says, and what the policy says without it", () => {
    const fail = () => {
      throw new Error("no");
    };
    const byPolicy = setUp({ send: fail });
    byPolicy.start("a");
    expect(byPolicy.buffer.stats().unleased.items).toBe(1);
    const dropped = setUp({ send: fail, onError: () => "drop" });
    dropped.start("a");
    expect(dropped.drops.map(({ reason }) => reason)).toEqual(["rejected"]);
    const delayed = setUp({ send: fail, onError: () => ({ retryAfterMs: 5_000 }) });
    delayed.start("a");
    expect(delayed.buffer.nextReadyAt()).toBeGreaterThan(4_000);
  });

  it("retry nothing once everything is called off", async () => {
    let fail: (error: unknown) => void = () => {};
    const { drops, senders, start } = setUp({ send: () => new Promise((_, reject) => (fail = reject)) });
    start("a");
    senders.callOff("enough");
    fail("failed");
    await settle();
    expect(drops).toEqual([{ items: ["a"], reason: "aborted", error: "failed", attempts: 1, batchId: 1 }]);
  });

  it("wait no longer for those that are abandoned", () => {
    const { drops, senders, start } = setUp({ send: hangs });
    start("a");
    senders.abandon("deadline");
    expect(senders.running).toBe(0);
    expect(drops).toMatchObject([{ reason: "aborted", error: "deadline" }]);
  });
});
