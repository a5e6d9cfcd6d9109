import { describe, expect, it } from "vitest";
import { Flushes } from "./flushes.ts";

describe("Flushes", () => {
  it("end when the batch they wait for, and all before it, are settled", async () => {
    const flushes = new Flushes();
    const told: string[] = [];
    void flushes.wait(1, undefined).then(() => told.push("first"));
    void flushes.wait(3, undefined).then(() => told.push("second"));
    flushes.settledBefore(1);
    await Promise.resolve();
    expect(told).toEqual([]);
    flushes.settledBefore(2);
    await Promise.resolve();
    expect(told).toEqual(["first"]);
    flushes.settledBefore(Infinity);
    await Promise.resolve();
    expect(told).toEqual(["first", "second"]);
  });

  it("leave the line by their signal", async () => {
    const flushes = new Flushes();
    const controller = new AbortController();
    const waiting = flushes.wait(1, { signal: controller.signal });
    controller.abort("gone");
    await expect(waiting).rejects.toBe("gone");
    flushes.settledBefore(Infinity);
  });
});
