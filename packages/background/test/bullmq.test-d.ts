import type { JobContext, ScheduleResult } from "@disp/background";
import {
  BULLMQ_DEFAULTS,
  type BullMqCounts,
  BullMqProcessor,
  type JobStalledError,
  type LeaseLostError,
} from "@disp/background/bullmq";
import { exponentialBackoff } from "@disp/retry";
import { Cluster, Redis } from "ioredis";
import { describe, expectTypeOf, it } from "vitest";

const connection = new Redis({ lazyConnect: true });
const processor = new BullMqProcessor<number>({ connection, name: "work" });

describe("BullMqProcessor", () => {
  it("has the schedule of a BackgroundProcessor", () => {
    expectTypeOf(processor.schedule("a", 1, { holdMs: 5 })).resolves.toEqualTypeOf<ScheduleResult>();
    expectTypeOf(processor.stop()).resolves.toHaveProperty("leftover").toEqualTypeOf<{ key: string; arg: number }[]>();
    expectTypeOf(processor.counts()).resolves.toEqualTypeOf<BullMqCounts>();
    expectTypeOf(processor.bumpGeneration()).resolves.toEqualTypeOf<number>();
    expectTypeOf(processor).toExtend<AsyncDisposable>();
    // @ts-expect-error -- another kind of argument
    void processor.schedule("a", "text");
  });

  it("takes what BullMQ takes as a connection", () => {
    new BullMqProcessor({ connection: { host: "localhost", port: 1 }, name: "work" });
    new BullMqProcessor({ connection: new Cluster([]), name: "work", prefix: "{bull}" });
    // @ts-expect-error -- no name
    new BullMqProcessor({ connection });
  });

  it("knows what its jobs work on, and takes undefined for every option", () => {
    new BullMqProcessor<string>({
      connection,
      name: "work",
      retry: exponentialBackoff(),
      process(arg, context) {
        expectTypeOf(arg).toEqualTypeOf<string>();
        expectTypeOf(context).toEqualTypeOf<JobContext>();
        return arg === "" ? undefined : 5;
      },
      onError: ({ arg }) => expectTypeOf(arg).toEqualTypeOf<string>(),
    });
    new BullMqProcessor({
      connection,
      name: "work",
      process: undefined,
      concurrency: undefined,
      retry: undefined,
      prefix: undefined,
      timeoutMs: undefined,
      leaseMs: undefined,
      maxStalls: undefined,
      keepFailed: undefined,
      onError: undefined,
      onConnectionError: undefined,
    });
    expectTypeOf(BULLMQ_DEFAULTS.leaseMs).toEqualTypeOf<number>();
  });

  it("has errors that are told apart by a literal", () => {
    expectTypeOf<JobStalledError["code"]>().toEqualTypeOf<"DISP_JOB_STALLED">();
    expectTypeOf<LeaseLostError["code"]>().toEqualTypeOf<"DISP_LEASE_LOST">();
  });
});
