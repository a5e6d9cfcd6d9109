import { describe, expect, it } from "vitest";
import { HoldReleaseError, JobAbandonedError } from "./errors.ts";

describe("the message", () => {
  it("of a JobAbandonedError names the option that says how long it may take", () => {
    expect(new JobAbandonedError("a").message).toBe(
      'Cannot wait for the job "a": it must settle before the time to stop is over (timeoutMs), got one that still runs',
    );
  });

  it("of a HoldReleaseError says why", () => {
    const cause = new Error("Connection is closed.");
    const error = new HoldReleaseError("a", cause);
    const message = 'Cannot release the hold of "a": the store must be there, got Error: Connection is closed.';
    expect(error).toMatchObject({ message, key: "a", cause });
  });
});
