import { expect, it } from "vitest";
import { RunContext } from "./run-context.ts";

it("the context of an attempt shows its worker, its number and its signal, and nothing else", () => {
  const context = new RunContext("worker", 1);
  const { signal, ...others } = context;
  expect([signal, others]).toEqual([context.signal, { worker: "worker", attempt: 1 }]);
  expect(Object.keys(context)).toEqual(["worker", "attempt"]);
});
