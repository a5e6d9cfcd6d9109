import { fixedDelay } from "@disp/retry";
import { describe, expect, it } from "vitest";
import { retryTask } from "./retry-task.ts";
import type { TaskContext } from "./task.ts";

const policy = fixedDelay({ delayMs: 1 });

describe("retryTask", () => {
  it("adds a policy to a function", () => {
    const task = () => 1;
    expect(retryTask(task, policy)).toEqual({ execute: task, retry: policy });
  });

  it("adds a policy to an object, and keeps its timeout and its this", () => {
    class Job {
      readonly timeoutMs = 5;
      readonly #answer = 42;
      execute(): number {
        return this.#answer;
      }
    }
    const task = retryTask(new Job(), policy);
    expect(task).toMatchObject({ timeoutMs: 5, retry: policy });
    expect(task.execute({} as TaskContext)).toBe(42);
  });

  it("refuses what is no task or no policy", () => {
    expect(() => retryTask(1 as never, policy)).toThrow("Cannot make a task that retries: task must be a function");
    expect(() => retryTask(() => 1, {} as never)).toThrow("policy must be an object with nextDelayMs()");
  });
});
