import { describe, expect, it } from "vitest";
import { BatchFailedError, BatchTimeoutError } from "./errors.ts";

const NO_ROW = new RangeError("no row");

describe("the message of a BatchFailedError", () => {
  it.each([
    ["lock", 'Cannot hold the lock of batch "a": its lock must be held until it is saved'],
    ["load", 'Cannot load batch "a": its load must succeed'],
    ["operation", 'Cannot run the operations of batch "a": its operations must settle'],
    ["save", 'Cannot save batch "a": its save must succeed'],
  ] as const)("says that the %s failed, and why", (phase, words) => {
    const error = new BatchFailedError("a", phase, NO_ROW);
    expect(error).toMatchObject({ message: `${words}, got RangeError: no row`, key: "a", phase, cause: NO_ROW });
  });

  it("shows whatever was thrown", () => {
    expect(new BatchFailedError("a", "load", undefined).message).toMatch(/, got undefined$/u);
    expect(new BatchFailedError("a", "load", "no").message).toMatch(/, got "no"$/u);
  });
});

describe("the message of a BatchTimeoutError", () => {
  it("names the option that says how long it may take", () => {
    expect(new BatchTimeoutError("a", "load", 50).message).toBe(
      'Cannot wait for the load of "a": it must settle within 50 ms (maxDurationMs), got nothing',
    );
    expect(new BatchTimeoutError("a", "load", 50, "b").message).toBe(
      'Cannot wait for the load of "a": it must settle within 50 ms (maxDurationMs), got a lane that "b" still keeps',
    );
  });
});
