import { describe, expect, it } from "vitest";
import { AttemptError, messageOf, NEVER } from "./bullmq-attempt-error.ts";

const failureOf = (error: unknown) => ({ key: "a", arg: 1, error, attempt: 1 });

describe("AttemptError", () => {
  it("has the message and the stack of what was thrown, and nothing that BullMQ would take for its own", () => {
    const thrown = new RangeError("too far");
    thrown.name = "DelayedError";
    const error = new AttemptError(failureOf(thrown), NEVER);
    expect([error.name, error.message, error.stack, error.cause]).toEqual(["Error", "too far", thrown.stack, thrown]);
  });

  it("shows what is no error", () => {
    for (const thrown of [undefined, null, 5, "text"]) {
      const error = new AttemptError(failureOf(thrown), 5);
      expect(error.message).toBe(messageOf(thrown));
      expect(error.message).not.toBe("");
      expect(error.failure.error).toBe(thrown);
    }
  });
});
