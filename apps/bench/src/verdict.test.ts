import { expect, it } from "vitest";
import type { Goal } from "./case.ts";
import type { CaseResult, Measured } from "./runner.ts";
import { verdictOf } from "./verdict.ts";

const FIGURES: Measured = {
  ns: 10,
  spread: 0,
  toFloor: 2,
  toOurs: undefined,
  waitNs: 0,
  allocated: 40,
  waiting: undefined,
  emptied: undefined,
};

function resultOf(name: string, ns: number, goal: Goal, toFloor = FIGURES.toFloor): CaseResult {
  const measured = { ...FIGURES, ns, toFloor };
  const contender = { name: "ours", kind: "ours", state: "measured", measured } as const;
  return { name, goal, sets: 1, contenders: [contender] };
}

function judge(goal: Goal, ...others: CaseResult[]) {
  return verdictOf("ours", FIGURES, resultOf("this", FIGURES.ns, goal), others);
}

it("meets a goal in ns", () => {
  expect(judge({ ns: 10, floorNs: 10 })).toBe("met");
});

it("meets it on a slower machine, by the ratio to the floor", () => {
  expect(judge({ ns: 9, floorNs: 4.5 })).toBe("met as a ratio");
});

it("misses it by both", () => {
  expect(judge({ ns: 9, floorNs: 5 })).toBe("missed");
});

it("misses a goal in bytes however fast it is", () => {
  expect(judge({ ns: 100, floorNs: 1, bytes: 39 })).toBe("missed");
  expect(judge({ ns: 100, floorNs: 1, bytes: 40 })).toBe("met");
});

it("is to be no slower than another case, by more than noise and by more than the floor is", () => {
  const goal = { ns: 100, floorNs: 1, like: "that" };
  expect(judge(goal, resultOf("that", 7, goal, 1))).toBe("met");
  expect(judge(goal, resultOf("that", 6, goal, 1))).toBe("missed");
  expect(judge(goal, resultOf("that", 6, goal, 2))).toBe("met as a ratio");
});

it("is to be ahead of somebody by so many times, if that somebody is there", () => {
  const goal: Goal = { ns: 100, floorNs: 1, ahead: { of: "them", times: 5 } };
  const against = (toOurs: number): CaseResult => {
    const result = resultOf("this", FIGURES.ns, goal);
    const them = { name: "them", kind: "peer", state: "measured", measured: { ...FIGURES, toOurs } } as const;
    return { ...result, contenders: [...result.contenders, them] };
  };
  expect(judge(goal)).toBe("met");
  expect(verdictOf("ours", FIGURES, against(5), [])).toBe("met");
  expect(verdictOf("ours", FIGURES, against(4.9), [])).toBe("missed");
});
