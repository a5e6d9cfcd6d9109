import { afterEach, describe, expect, test, vi } from "vitest";
import { report, show } from "./problem.ts";

const problem = { path: "README.md:3", what: "it is wrong", cure: "Mend it" };

describe("a problem", () => {
  afterEach(() => {
    process.exitCode = undefined;
    vi.restoreAllMocks();
  });

  test("reads as one line: where, what, cure", () => {
    expect(show(problem)).toBe("README.md:3: it is wrong. Mend it.");
    expect(show({ ...problem, what: "it ends." })).toBe("README.md:3: it ends. Mend it.");
  });

  test("is printed and fails the process when reported", () => {
    const print = vi.spyOn(console, "error").mockReturnValue();
    report([problem, problem]);
    expect(print).toHaveBeenCalledTimes(2);
    expect(process.exitCode).toBe(1);
  });

  test("that does not exist fails nothing", () => {
    report([]);
    expect(process.exitCode).toBeUndefined();
  });
});
