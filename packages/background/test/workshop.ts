import {
  BackgroundProcessor,
  type BackgroundProcessorOptions,
  type JobContext,
  type JobFailure,
  MemoryDedupStore,
  type RefusalReason,
  type ScheduleResult,
} from "@disp/background";
import { turn } from "../../../tooling/observe.ts";

/** A run of a job that a test lets end as it likes. */
export interface HeldRun extends JobContext {
  readonly arg: string;
  readonly startedAt: number;
  finish(pauseMs?: number): Promise<unknown>;
  fail(error?: unknown): Promise<unknown>;
}

export const FAILED: Error = new Error("the job failed");

/** What {@link setUp} sets up. */
export interface Workshop {
  readonly processor: BackgroundProcessor<string>;
  readonly runs: HeldRun[];
  readonly failures: JobFailure<string>[];
  /** The arguments, in the order in which they were started. */
  readonly started: () => string[];
  readonly run: (index: number) => HeldRun;
}

/** A processor of jobs that run until the test ends them, with a store unless told otherwise, and what it was told. */
export function setUp(options: Partial<BackgroundProcessorOptions<string>> = {}): Workshop {
  const runs: HeldRun[] = [];
  const failures: JobFailure<string>[] = [];
  const processor = new BackgroundProcessor<string>({
    process: (arg, context) =>
      new Promise<number | void>((resolve, reject) => {
        const { key, attempt } = context;
        runs.push({
          arg,
          key,
          attempt,
          get signal() {
            return context.signal;
          },
          startedAt: performance.now(),
          finish: (pauseMs) => (resolve(pauseMs), turn()),
          fail: (error = FAILED) => (reject(error), turn()),
        });
      }),
    onError: (failure) => void failures.push(failure),
    dedup: new MemoryDedupStore(),
    ...options,
  });
  return {
    processor,
    runs,
    failures,
    started: () => runs.map(({ arg }) => arg),
    run: (index: number) => runs.at(index) as HeldRun,
  };
}

export const scheduled: ScheduleResult = { scheduled: true };
export const refused = (reason: RefusalReason): ScheduleResult => ({ scheduled: false, reason });
