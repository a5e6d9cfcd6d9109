import { expect, it } from "vitest";
import { Run } from "./run.ts";

it("a run shows its key, its attempt and its signal, and nothing else", () => {
  const run = new Run("a", 2);
  const { signal, ...others } = run;
  expect([signal, others]).toEqual([run.signal, { key: "a", attempt: 2 }]);
  expect(Object.keys(run)).toEqual(["key", "attempt"]);
});
