import type { CaseResult, Measured } from "./runner.ts";

/** How much slower per item a case may be than the one that it should be like. */
const ALIKE = 1.5;

export type Verdict = "met" | "met as a ratio" | "missed";

/**
 * Judges one of ours. Goals in ns were set on another machine; on a slower one, or where larger memory is slower for
 * everybody, the ratio to the floor counts. A goal in bytes has to be met as it is.
 */
export function verdictOf(name: string, figures: Measured, aCase: CaseResult, all: readonly CaseResult[]): Verdict {
  const { goal } = aCase;
  if (goal.bytes !== undefined && figures.allocated > goal.bytes) return "missed";
  if (isBehind(aCase)) return "missed";
  const like = all.find((candidate) => candidate.name === goal.like);
  const other = like?.contenders.find((candidate) => candidate.name === name)?.measured;
  const { ns = Infinity, toFloor = Infinity } = other ?? {};
  if (figures.ns <= Math.min(goal.ns, ns * ALIKE)) return "met";
  const ratio = figures.toFloor ?? Infinity;
  const isFast = figures.ns <= goal.ns || ratio <= goal.ns / goal.floorNs;
  const isAlike = figures.ns <= ns * ALIKE || ratio <= toFloor * ALIKE;
  return isFast && isAlike ? "met as a ratio" : "missed";
}

/** Whether the one that should be left behind is near, or ahead. Where it is not there, nobody can tell. */
function isBehind({ goal, contenders }: CaseResult): boolean {
  const other = contenders.find(({ name }) => name === goal.ahead?.of)?.measured;
  return goal.ahead !== undefined && (other?.toOurs ?? Infinity) < goal.ahead.times;
}
