import { BatchFailedError, BatchTimeoutError, ProcessorStoppedError } from "@disp/batch-processor";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listenForUncaught } from "../../../tooling/observe.ts";
import { Rehearsal, type RunView } from "./rehearsal.ts";
import { scenario, type Scenario } from "./scenario.ts";

/** Far more than any scenario needs. */
const ENOUGH_MS = 5_000;

let uncaught: ReturnType<typeof listenForUncaught>;

beforeEach(() => {
  uncaught = listenForUncaught();
});

afterEach(async () => {
  vi.useRealTimers();
  expect(await uncaught.stop()).toEqual([]);
});

/** Everything succeeds from now on, until nothing is left. */
async function finish(rehearsal: Rehearsal): Promise<void> {
  for (let ms = 0; ms < ENOUGH_MS; ms += 1) {
    rehearsal.answerAll("succeed");
    await vi.advanceTimersByTimeAsync(1);
    const { openBatches, waitingOperations, busyLanes, runningBatches } = rehearsal.processor.stats();
    if (openBatches + waitingOperations + busyLanes + runningBatches === 0) break;
  }
  rehearsal.stop(Infinity);
  await Promise.all(rehearsal.stops);
  await vi.advanceTimersByTimeAsync(10);
}

/** Nobody knows what became of a save that was given up: all others are either kept or not. */
function isUnclear({ error }: RunView): boolean {
  if (error instanceof ProcessorStoppedError) return error.phase === "save";
  return error instanceof BatchFailedError && error.phase === "save" && error.cause instanceof BatchTimeoutError;
}

function checkRows({ runs, rows, outsiders }: Rehearsal): void {
  const isWriter = ({ deed }: RunView) => deed.startsWith("add");
  for (const [key, ids] of rows) {
    expect(ids.filter((id) => id < 0)).toEqual(outsiders.get(key) ?? []);
    const own = ids.filter((id) => id >= 0);
    expect(own).toEqual([...new Set(own)].sort((a, b) => a - b));
  }
  for (const run of runs) {
    const isKept = rows.get(run.key)?.includes(run.id) === true;
    if (isUnclear(run)) continue;
    expect([run.id, isKept]).toEqual([run.id, isWriter(run) && run.error === undefined]);
  }
}

function checkMetrics({ metrics, runs }: Rehearsal, { maxOperations }: Scenario): void {
  const ran = runs.filter(({ calls }) => calls > 0).length;
  const counted = metrics.reduce((sum, { operations }) => sum + operations, 0);
  expect(counted).toBeGreaterThanOrEqual(ran);
  for (const metric of metrics) {
    expect(metric.operations).toBeLessThanOrEqual(maxOperations);
    const { waitMs, loadMs, operationsMs, saveMs, totalMs } = metric;
    expect(waitMs + loadMs + operationsMs + saveMs).toBeLessThanOrEqual(totalMs + 1e-6);
    expect(metric.saved && metric.error !== undefined).toBe(false);
  }
}

async function play(drawn: Scenario): Promise<void> {
  vi.useFakeTimers();
  const rehearsal = new Rehearsal(drawn);
  for (const step of drawn.steps) await rehearsal.do(step);
  await finish(rehearsal);
  expect(rehearsal.faults).toEqual([]);
  expect(rehearsal.runs.filter(({ endings }) => endings !== 1)).toEqual([]);
  expect(rehearsal.runs.filter((run) => run.error !== undefined && !rehearsal.mayHave(run))).toEqual([]);
  checkRows(rehearsal);
  checkMetrics(rehearsal, drawn);
  expect(rehearsal.processor.stats()).toEqual({
    openBatches: 0,
    waitingOperations: 0,
    runningBatches: 0,
    busyLanes: 0,
  });
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
}

describe("a BatchProcessor, whatever is done to it", () => {
  it("settles each run once, keeps what it says it kept, and lets nothing come between", {
    timeout: 0,
  }, async () => {
    await fc.assert(fc.asyncProperty(scenario, play), { numRuns: 2_000 });
  });
});
