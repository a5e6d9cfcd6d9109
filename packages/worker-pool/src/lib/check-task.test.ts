import { noRetry } from "@disp/retry";
import { describe, expect, it } from "vitest";
import { checkTask, checkTimeout } from "./check-task.ts";

describe("checkTask", () => {
  it("lets functions and objects with execute pass", () => {
    for (const task of [() => 1, { execute: () => 1 }, { execute: () => 1, timeoutMs: Infinity, retry: noRetry() }]) {
      expect(() => checkTask("dispatch", task)).not.toThrow();
    }
  });

  it("refuses everything else, and says what is wrong", () => {
    for (const task of [undefined, null, "task", {}, { execute: 1 }]) {
      expect(() => checkTask("dispatch", task as never)).toThrow(TypeError);
    }
    const execute = () => 1;
    expect(() => checkTask("dispatch", { execute, timeoutMs: NaN })).toThrow(
      new RangeError("Cannot dispatch: task.timeoutMs must be a number > 0 or Infinity, got NaN"),
    );
    expect(() => checkTask("dispatch", { execute, retry: {} as never })).toThrow("task.retry");
  });
});

describe("checkTimeout", () => {
  it("lets numbers above 0 pass, Infinity included", () => {
    expect(checkTimeout("execute", "timeoutMs", 1)).toBe(1);
    expect(checkTimeout("execute", "timeoutMs", Infinity)).toBe(Infinity);
    expect(() => checkTimeout("execute", "timeoutMs", 0)).toThrow(RangeError);
  });
});
