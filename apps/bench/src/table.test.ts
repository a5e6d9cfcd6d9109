import { expect, it } from "vitest";
import type { CaseResult, ContenderResult, Measured } from "./runner.ts";
import type { StudyResult } from "./study.ts";
import { tableOf } from "./table.ts";

const FIGURES: Measured = {
  ns: 4.04,
  spread: 0.05,
  toFloor: undefined,
  toOurs: undefined,
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
    contender("by hand", "floor", { ...FIGURES, toOurs: 0.0327 }),
    contender("Deque", "ours", { ...FIGURES, ns: 123.4, toFloor: 30.545 }),
    contender("denque", "peer", undefined),
    { name: "broken", kind: "peer", state: { failed: "a | b\nc" }, measured: undefined },
  ],
};

it("shows every contender, the failing and the missing too", () => {
  expect(tableOf("queue", { cases: [CASE], studies: [] }).split("\n")).toEqual([
    "## queue",
    "",
    "### in and out",
    "",
    "Goal: 5 ns where the floor takes 2.5 (2.00 x).",
    "",
    "|  | ns/item | spread | x floor | x ours | allocated B/item | waiting B/item | left KB | waited for a core | goal |",
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    "| by hand | 4.0 | 5 % |  | 0.03 | 8.4 | 8.0 | 2.0 | 10 % |  |",
    "| **Deque** | 123 | 5 % | 31 |  | 8.4 | 8.0 | 2.0 | 0 % | missed |",
    "| denque | not installed |  |  |  |  |  |  |  |  |",
    "| broken | FAILS: a \\| b c |  |  |  |  |  |  |  |  |",
  ]);
});

it("says that the rounds were noisy", () => {
  expect(tableOf("queue", { cases: [{ ...CASE, sets: 3 }], studies: [] })).toContain(
    "Noisy: the quietest of 3 sets of rounds.",
  );
});

it("names all parts of a goal", () => {
  const goal = { ns: 20, floorNs: 8, bytes: 45, like: "1,000 items", ahead: { of: "them", times: 5 } };
  expect(tableOf("queue", { cases: [{ ...CASE, goal }], studies: [] })).toContain(
    'Goal: 20 ns where the floor takes 8 (2.50 x), 45 B allocated per item, per item as with "1,000 items", 5 times as fast as them.',
  );
});

const STUDY: StudyResult = {
  name: "latency",
  about: "How long it takes.",
  columns: ["p50 ms", "lost"],
  rows: [
    { name: "Dispatcher", kind: "ours", cells: [0.25, 0] },
    { name: "them", kind: "peer", cells: [1_250, "refused | late"] },
  ],
  failed: undefined,
};

it("shows a study with its own columns", () => {
  expect(tableOf("load", { cases: [], studies: [STUDY] }).split("\n")).toEqual([
    "## load",
    "",
    "### latency",
    "",
    "How long it takes.",
    "",
    "|  | p50 ms | lost |",
    "| --- | ---: | ---: |",
    "| **Dispatcher** | 0.25 | 0 |",
    "| them | 1,250 | refused \\| late |",
  ]);
});

it("shows a study that went wrong", () => {
  const failed = { ...STUDY, rows: [], failed: "an item is lost" };
  expect(tableOf("load", { cases: [], studies: [failed] })).toContain("**FAILS: an item is lost**");
});
