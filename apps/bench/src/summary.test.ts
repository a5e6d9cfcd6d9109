import { expect, it } from "vitest";
import type { Results } from "./results.ts";
import type { CaseResult, ContenderResult, Measured } from "./runner.ts";
import { durationText, summaryOf } from "./summary.ts";

function contender(name: string, kind: ContenderResult["kind"], ns: number, toOurs?: number): ContenderResult {
  const rest = { spread: 0, toFloor: undefined, waitNs: 0, allocated: 0, waiting: undefined, emptied: undefined };
  const measured: Measured = { ...rest, ns, toOurs };
  return { name, kind, state: "measured", measured };
}

function resultsOf(...contenders: ContenderResult[]): Results {
  const aCase: CaseResult = { name: "in and out", goal: { ns: 5, floorNs: 2 }, sets: 1, contenders };
  const machine = {} as Results["machine"];
  return { machine, groups: { queue: { cases: [aCase], studies: [] } } };
}

const HEADLINES = [
  { group: "queue", name: "in and out", job: "a queue" },
  { group: "limiter", name: "not measured", job: "a limiter" },
] as const;

function linesOf(...contenders: ContenderResult[]): string[] {
  return summaryOf(resultsOf(...contenders), HEADLINES)
    .split("\n")
    .slice(2);
}

it("has a line for what was measured, peers by speed", () => {
  const floor = contender("by hand", "floor", 2.44, 0.5);
  const peers = [contender("slow", "peer", 50, 10.4), contender("near", "peer", 6, 1.26)];
  expect(linesOf(floor, contender("Deque", "ours", 4.84), ...peers)).toEqual([
    "| a queue | 4.8 ns | 2.4 ns | near 1.3 x; slow 10 x |",
  ]);
});

it("shows the nearest four, and says where there is nobody", () => {
  const peers = ["a", "b", "c", "d", "e"].map((name, index) => contender(name, "peer", 1, 5 - index));
  const ours = contender("Deque", "ours", 4);
  expect(linesOf(ours, ...peers)).toEqual(["| a queue | 4.0 ns |  | e 1.0 x; d 2.0 x; c 3.0 x; b 4.0 x |"]);
  expect(linesOf(ours)).toEqual(["| a queue | 4.0 ns |  | nobody does this |"]);
});

it.each([
  [9.96, "10.0 ns"],
  [56.4, "56 ns"],
  [2_449, "2.4 us"],
  [56_400, "56 us"],
  [2_280_000, "2.3 ms"],
])("writes %d ns as %s", (ns, text) => {
  expect(durationText(ns)).toBe(text);
});
