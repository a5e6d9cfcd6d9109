import { describe, expect, it } from "vitest";
import { RunContext } from "./run-context.ts";

describe("RunContext", () => {
  it("shows one signal, however often one looks", () => {
    const context = new RunContext("worker", 1);
    expect(context.signal).toBe(context.signal);
    expect(context.signal.aborted).toBe(false);
    expect(Object.entries(context)).toEqual([
      ["worker", "worker"],
      ["attempt", 1],
    ]);
  });

  it("is aborted whether one looked before or looks afterwards, with the first reason", () => {
    const early = new RunContext(undefined, 1);
    const { signal } = early;
    RunContext.abort(early, "first");
    RunContext.abort(early, "second");
    const late = new RunContext(undefined, 1);
    RunContext.abort(late, "first");
    RunContext.abort(late, "second");
    expect([signal.reason, late.signal.reason]).toEqual(["first", "first"]);
  });
});
