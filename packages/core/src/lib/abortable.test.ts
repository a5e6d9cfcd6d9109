import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { abortable } from "./abortable.ts";

describe("abortable", () => {
  it("settles like the promise, and then leaves nothing on the signal", async () => {
    const { signal } = new AbortController();
    expect(await abortable(Promise.resolve(7), signal)).toBe(7);
    await expect(abortable(Promise.reject(new Error("no")), signal)).rejects.toThrow("no");
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  it("rejects with the reason when the signal is aborted first, whatever becomes of the promise", async () => {
    const controller = new AbortController();
    let fail: (error: unknown) => void = () => {};
    const outcome = abortable(new Promise((_, reject) => (fail = reject)), controller.signal);
    controller.abort("enough");
    await expect(outcome).rejects.toBe("enough");
    fail(new Error("later, and nobody minds"));
  });

  it("rejects at once when the signal is aborted already", async () => {
    await expect(abortable(new Promise(() => {}), AbortSignal.abort("before"))).rejects.toBe("before");
  });
});
