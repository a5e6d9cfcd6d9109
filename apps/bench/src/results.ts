import type { GroupName } from "./groups.ts";
import type { Machine } from "./machine.ts";
import type { CaseResult } from "./runner.ts";
import type { StudyResult } from "./study.ts";

/** What came of a group. */
export interface GroupResult {
  readonly cases: readonly CaseResult[];
  readonly studies: readonly StudyResult[];
}

/** All that a run has found. */
export interface Results {
  readonly machine: Machine;
  readonly groups: Partial<Record<GroupName, GroupResult>>;
}

/** Whether ours and the floors did right. A peer may fail, and a goal may be missed. */
export function isRight({ cases, studies }: GroupResult): boolean {
  const contenders = cases.flatMap((aCase) => aCase.contenders);
  return (
    contenders.every(({ kind, state }) => kind === "peer" || typeof state !== "object") &&
    studies.every(({ failed }) => failed === undefined)
  );
}
