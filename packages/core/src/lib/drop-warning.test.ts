import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Dispatcher } from "./dispatcher.ts";
import { DropWarning } from "./drop-warning.ts";

describe("DropWarning", () => {
  const warn = vi.spyOn(console, "warn");

  beforeEach(() => {
    vi.useFakeTimers();
    warn.mockReset().mockImplementation(() => {});
  });

  afterEach(() => void vi.useRealTimers());

  it("tells of the first drop at once, with its error, and says how to be rid of the line", () => {
    const error = new Error("no");
    new DropWarning().hear({ items: ["a"], reason: "retries-exhausted", error, attempts: 3 });
    const words = '1 item dropped, the last because of "retries-exhausted". Pass onDrop to handle drops';
    expect(warn.mock.calls).toEqual([[expect.stringContaining(words), error]]);
  });

  it("is what a dispatcher without onDrop does, up to its last drop", async () => {
    const dispatcher = new Dispatcher<number>({ send: () => Promise.reject(new Error("no")), batch: { maxItems: 1 } });
    for (const item of [1, 2, 3]) dispatcher.tryPush(item);
    const drained = dispatcher.drain({ timeoutMs: 1 });
    await vi.advanceTimersByTimeAsync(1);
    await drained;
    expect(warn.mock.calls.map(([words]) => String(words).slice(12, 28))).toEqual([
      "1 item dropped, ",
      "2 items dropped,",
    ]);
  });
});
