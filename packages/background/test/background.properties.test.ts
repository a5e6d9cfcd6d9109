import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listenForUncaught } from "../../../tooling/observe.ts";
import { isReplaced, isScheduled, Rehearsal } from "./rehearsal.ts";
import { type Scenario, scenario } from "./scenario.ts";

/** Longer than any hold. */
const LONG_MS = 300;

let uncaught: ReturnType<typeof listenForUncaught>;

beforeEach(() => {
  uncaught = listenForUncaught();
  // A store that is away is told to it.
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  expect(await uncaught.stop()).toEqual([]);
});

/** The books, in the end. */
async function checkEnd({ asked, faults, processors, promises, store }: Rehearsal): Promise<void> {
  expect(faults).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
  expect(promises.filter(({ state }) => state === "pending")).toEqual([]);
  expect(asked.filter(({ answer }) => answer.state === "pending")).toEqual([]);
  for (const processor of processors) {
    expect(processor.stats()).toMatchObject({ state: "stopped", queued: 0, running: 0, held: 0 });
  }
  const scheduled = asked.filter(isScheduled);
  const lost = scheduled.filter((each) => !each.isOver && !isReplaced(each, scheduled));
  expect(lost).toEqual([]);
  const ranUnasked = asked.filter((each) => !isScheduled(each) && (each.firstStartAt !== undefined || each.isOver));
  expect(ranUnasked).toEqual([]);
  await vi.advanceTimersByTimeAsync(LONG_MS);
  for (const key of ["a", "b", "c"]) expect(await store.acquire(key, 1)).toBeDefined();
}

async function play(drawn: Scenario): Promise<void> {
  vi.useFakeTimers();
  const rehearsal = new Rehearsal(drawn);
  for (const step of drawn.steps) await rehearsal.run(step);
  await rehearsal.end(drawn.isDrained);
  await checkEnd(rehearsal);
  vi.useRealTimers();
}

describe("two BackgroundProcessors that share a store, whatever is done to them", () => {
  it("keep every promise: no key run twice at once or within a hold, no job lost, nothing left behind", {
    timeout: 0,
  }, async () => {
    await fc.assert(fc.asyncProperty(scenario, play), { numRuns: 500 });
  });
});
