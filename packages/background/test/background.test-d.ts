import {
  BACKGROUND_DEFAULTS,
  BackgroundProcessor,
  type DedupStore,
  type Hold,
  type HoldReleaseError,
  type JobAbandonedError,
  type JobContext,
  MemoryDedupStore,
  type ScheduleResult,
} from "@disp/background";
import { describe, expectTypeOf, it } from "vitest";

const processor = new BackgroundProcessor<number>({ process: () => {} });

describe("BackgroundProcessor", () => {
  it("knows what its jobs work on", () => {
    expectTypeOf<BackgroundProcessor<number>["schedule"]>().parameter(1).toEqualTypeOf<number>();
    expectTypeOf(processor.stop()).resolves.toHaveProperty("leftover").toEqualTypeOf<{ key: string; arg: number }[]>();
    // @ts-expect-error -- another kind of argument
    void processor.schedule("a", "text");
    new BackgroundProcessor<string>({
      process(arg, context) {
        expectTypeOf(arg).toEqualTypeOf<string>();
        expectTypeOf(context).toEqualTypeOf<JobContext>();
      },
      onError: ({ arg }) => expectTypeOf(arg).toEqualTypeOf<string>(),
    });
  });

  it("takes jobs that answer at once, later, with a pause or without", () => {
    new BackgroundProcessor<string>({ process: () => 5 });
    new BackgroundProcessor<string>({ process: async () => 5 });
    new BackgroundProcessor<string>({ process: async () => {} });
    new BackgroundProcessor<string>({ process: (arg) => (arg === "" ? undefined : 5) });
    // @ts-expect-error -- no pause
    new BackgroundProcessor<string>({ process: () => "soon" });
  });

  it("says why a job was not scheduled, and only then", async () => {
    const result = await processor.schedule("a", 1, { holdMs: 5 });
    expectTypeOf(result).toEqualTypeOf<ScheduleResult>();
    if (result.scheduled) {
      // @ts-expect-error -- there is nothing to explain
      expectTypeOf(result.reason);
    } else {
      expectTypeOf(result.reason).toEqualTypeOf<"queued" | "running" | "held" | "store-unavailable" | "stopped">();
    }
  });

  it("takes undefined for every option", () => {
    new BackgroundProcessor<string>({
      process: () => {},
      dedup: undefined,
      initialCapacity: undefined,
      concurrency: undefined,
      retry: undefined,
      whenStoreFails: undefined,
      whileRunning: undefined,
      leaseMs: undefined,
      onError: undefined,
    });
    void processor.schedule("a", 1, { holdMs: undefined });
    void processor.stop({ drain: undefined, timeoutMs: undefined });
  });

  it("refuses what is no option", () => {
    // @ts-expect-error -- there is nothing to do
    new BackgroundProcessor<string>({});
    // @ts-expect-error -- no such mode
    new BackgroundProcessor<string>({ process: () => {}, whileRunning: "replace" });
    // @ts-expect-error -- the unit is part of the name
    void processor.schedule("a", 1, { hold: 5 });
    // @ts-expect-error -- nobody changes the defaults
    BACKGROUND_DEFAULTS.concurrency = 2;
  });

  it("can be disposed of", () => {
    expectTypeOf(processor).toExtend<AsyncDisposable>();
    expectTypeOf(processor.queueLength).toEqualTypeOf<number>();
    expectTypeOf(processor.bumpGeneration()).resolves.toEqualTypeOf<number>();
  });
});

describe("a store", () => {
  it("is any object with two methods, that gives holds with two methods", () => {
    expectTypeOf<MemoryDedupStore>().toExtend<DedupStore>();
    expectTypeOf(new MemoryDedupStore().acquire("a", 1)).resolves.toEqualTypeOf<Hold | undefined>();
    expectTypeOf<{ renew(ms: number): Promise<boolean>; release(ms: number): Promise<void> }>().toExtend<Hold>();
    expectTypeOf<{ acquire(): Promise<undefined>; bumpGeneration(): Promise<number> }>().toExtend<DedupStore>();
    expectTypeOf<{ acquire(): Promise<boolean>; bumpGeneration(): Promise<number> }>().not.toExtend<DedupStore>();
  });
});

describe("the errors", () => {
  it("are told apart by their codes", () => {
    expectTypeOf<JobAbandonedError["code"]>().toEqualTypeOf<"DISP_JOB_ABANDONED">();
    expectTypeOf<HoldReleaseError["code"]>().toEqualTypeOf<"DISP_HOLD_RELEASE">();
    expectTypeOf<HoldReleaseError["key"]>().toEqualTypeOf<string>();
  });
});
