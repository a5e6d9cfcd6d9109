import { expect, it } from "vitest";
import type { CaseResult, ContenderResult, Measured } from "./runner.ts";
import { tableOf } from "./table.ts";

const FIGURES: Measured = {
  ns: 4.04,
  spread: 0.05,
  toFloor: undefined,
  waitNs: 0.4,
  allocated: 8.4,
  waiting: 8,
  emptied: 2_048,
};

function contender(name: string, kind: ContenderResult["kind"], measured: Measured | undefined): ContenderResult {
  return { name, kind, state: measured === undefined ? "absent" : "measured", measured };
}

const CASE: CaseResult = {
  name: "in and out",
  goal: { ns: 5, floorNs: 2.5 },
  sets: 1,
  contenders: [
    contender("by hand", "floor", FIGURES),
    contender("Deque", "ours", { ...FIGURES, ns: 123.4, toFloor: 30.545 }),
    contender("denque", "peer", undefined),
    { name: "broken", kind: "peer", state: { failed: "a | b\nc" }, measured: undefined },
  ],
};

it("shows every contender, the failing and the missing too", () => {
  expect(tableOf("queue", [CASE]).split("\n")).toEqual([
    "## queue",
    "",
    "### in and out",
    "",
    "Goal: 5 ns where the floor takes 2.5 (2.00 x).",
    "",
    "|  | ns/item | spread | x floor | allocated B/item | waiting B/item | left KB | waited for a core | goal |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    "| by hand | 4.0 | 5 % |  | 8.4 | 8.0 | 2.0 | 10 % |  |",
    "| **Deque** | 123 | 5 % | 30.55 | 8.4 | 8.0 | 2.0 | 0 % | missed |",
    "| denque | not installed |  |  |  |  |  |  |  |",
    "| broken | FAILS: a \\| b c |  |  |  |  |  |  |  |",
  ]);
});

it("says that the rounds were noisy", () => {
  expect(tableOf("queue", [{ ...CASE, sets: 3 }])).toContain("Noisy: the quietest of 3 sets of rounds.");
});

it("names all parts of a goal", () => {
  const goal = { ns: 20, floorNs: 8, bytes: 45, like: "1,000 items" };
  expect(tableOf("queue", [{ ...CASE, goal }])).toContain(
    'Goal: 20 ns where the floor takes 8 (2.50 x), 45 B allocated per item, per item as with "1,000 items".',
  );
});
