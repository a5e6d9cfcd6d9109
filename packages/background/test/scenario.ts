import fc from "fast-check";

/** How one of the processors is set up. */
export interface Setting {
  readonly concurrency: number;
  readonly whileRunning: "drop" | "run-again";
  readonly whenStoreFails: "schedule-locally" | "refuse" | "throw";
  readonly retries: number;
}

/** Something that happens. `who` is one of the processors, `which` one of the runs that are under way. */
export type Step =
  | { readonly do: "schedule"; readonly who: number; readonly key: string; readonly holdMs: number }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "finish"; readonly which: number; readonly pauseMs: number }
  | { readonly do: "fail"; readonly which: number }
  | { readonly do: "bump"; readonly who: number }
  | { readonly do: "store leaves" | "store returns" | "store is slow" }
  | { readonly do: "stop"; readonly who: number; readonly drain: boolean; readonly timeoutMs: number };

/** Two processors that share a store, what happens to them, and how they are stopped in the end. */
export interface Scenario {
  readonly settings: readonly Setting[];
  readonly steps: readonly Step[];
  readonly isDrained: boolean;
}

const who = fc.nat(1);
const which = fc.nat(5);
const key = fc.constantFrom("a", "b", "c");
const holdMs = fc.constantFrom(0, 0, 5, 12.5, 40, 100);

const setting: fc.Arbitrary<Setting> = fc.record({
  concurrency: fc.constantFrom(1, 2, Infinity),
  whileRunning: fc.constantFrom("drop", "run-again"),
  whenStoreFails: fc.constantFrom("schedule-locally", "refuse", "throw"),
  retries: fc.nat(2),
});

const schedule: fc.Arbitrary<Step> = fc.record({ do: fc.constant("schedule"), who, key, holdMs });
const calm: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: schedule },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("wait"), ms: fc.nat(45) }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("finish"), which, pauseMs: fc.constantFrom(0, 0, 7, 30) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("fail"), which }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("store is slow") }) },
);
const stop: fc.Arbitrary<Step> = fc.record({
  do: fc.constant("stop"),
  who,
  drain: fc.boolean(),
  timeoutMs: fc.constantFrom(0, 10, Infinity),
});
const rough: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: calm },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("bump"), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom("store leaves", "store returns", "store returns") }) },
  { weight: 1, arbitrary: stop },
);

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  settings: fc.tuple(setting, setting),
  steps: fc.oneof(fc.array(calm, { maxLength: 50 }), fc.array(rough, { maxLength: 50 })),
  isDrained: fc.boolean(),
});
