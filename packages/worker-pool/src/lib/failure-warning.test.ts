import { afterEach, expect, it, vi } from "vitest";
import { failureWarning } from "./failure-warning.ts";

afterEach(() => void vi.restoreAllMocks());

it("says on the console what has failed, and how to hear of it", () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  const error = new Error("no");
  failureWarning()({ kind: "create", error, attempt: 1 });
  expect(warn.mock.calls).toEqual([
    [
      "@disp/worker-pool: 1 failure, the last of a worker.create. Pass onError to handle failures, or to silence this line.",
      error,
    ],
  ]);
});
