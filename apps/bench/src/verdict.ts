import type { CaseResult, Measured } from "./runner.ts";

/** How much slower per item a case may be than the one that it should be like. */
const ALIKE = 1.5;

export type Verdict = "met" | "met as a ratio" | "missed";

/**
 * Judges one of ours. The goal in ns was set on another machine; on a slower one, its ratio to the floor counts. A goal
 * in bytes, or one of being like another case, has to be met as it is.
 */
export function verdictOf(name: string, figures: Measured, aCase: CaseResult, all: readonly CaseResult[]): Verdict {
  const { goal } = aCase;
  const isLean = goal.bytes === undefined || figures.allocated <= goal.bytes;
  const other = all.find((candidate) => candidate.name === goal.like);
  const otherNs = other?.contenders.find((candidate) => candidate.name === name)?.measured?.ns ?? Infinity;
  if (!isLean || figures.ns > otherNs * ALIKE) return "missed";
  if (figures.ns <= goal.ns) return "met";
  return (figures.toFloor ?? Infinity) <= goal.ns / goal.floorNs ? "met as a ratio" : "missed";
}
