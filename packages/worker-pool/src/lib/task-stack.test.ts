import { describe, expect, it } from "vitest";
import { TaskStack } from "./task-stack.ts";

describe("TaskStack", () => {
  it("gives back the newest first, falsy values included", () => {
    const stack = new TaskStack<unknown>();
    for (const item of [0, "", undefined]) stack.push(item);
    expect([stack.size, stack.peek(), stack.size]).toEqual([3, undefined, 3]);
    expect([stack.pop(), stack.pop(), stack.pop(), stack.size]).toEqual([undefined, "", 0, 0]);
  });

  it("has nothing to give when it is empty", () => {
    const stack = new TaskStack<number>();
    expect([stack.pop(), stack.peek(), stack.size]).toEqual([undefined, undefined, 0]);
  });
});
