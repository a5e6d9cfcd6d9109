import { afterEach, expect, test, vi } from "vitest";
import { runChecks } from "./check.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("all checks run, each says its result in one line, and all problems come back", async () => {
  const print = vi.spyOn(console, "log").mockReturnValue();
  const problem = { path: "a", what: "is wrong", cure: "Mend it" };
  const problems = await runChecks("/root", {
    good: () => [],
    bad: (root) => Promise.resolve([problem, { ...problem, path: root }]),
    broken: () => {
      throw new Error("no such file");
    },
    later: () => [],
  });
  expect(print.mock.calls).toEqual([["good    ok"], ["bad     2 wrong"], ["broken  1 wrong"], ["later   ok"]]);
  expect(problems.map(({ path }) => path)).toEqual(["a", "/root", "broken"]);
  expect(problems[2]?.what).toBe("the check itself failed: no such file");
});
