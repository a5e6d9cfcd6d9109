import { QuietWarning } from "@disp/hooks";
import type { PoolFailure } from "./failure.ts";

const SUBJECTS = { task: "dispatched task", create: "worker.create", destroy: "worker.destroy" };

/** Tells on the console of failures that nobody asked to hear of. */
export function failureWarning<W>(): (failure: PoolFailure<W>) => void {
  const warning = new QuietWarning<PoolFailure<W>>((untold, { kind, error }) => {
    const noun = untold === 1 ? "failure" : "failures";
    const advice = "Pass onError to handle failures, or to silence this line.";
    return [`@disp/worker-pool: ${untold} ${noun}, the last of a ${SUBJECTS[kind]}. ${advice}`, error];
  });
  return (failure) => warning.hear(failure);
}
