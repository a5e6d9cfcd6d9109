import { describe, expect, it } from "vitest";
import { Batch } from "./batch.ts";
import { BatchRun, type RunHost } from "./batch-run.ts";
import { Calls } from "./calls.ts";
import { Lane } from "./lanes.ts";
import { Metrics } from "./metrics.ts";
import { joinBatch } from "./operation.ts";
import { type BatchProcessorOptions, normalize } from "./options.ts";
import { Pauses } from "./pauses.ts";
import { Releases } from "./releases.ts";
import { Stamina } from "./stamina.ts";

function setUp(options: BatchProcessorOptions<number>) {
  const told: string[] = [];
  const tell = (what: string) => () => void told.push(what);
  const calls = new Calls(100);
  const host: RunHost<number> = {
    options: normalize(options),
    calls,
    releases: new Releases({ calls, wakeAt: tell("wake"), idle: tell("idle") }),
    pauses: new Pauses(),
    stamina: new Stamina(),
    metrics: new Metrics(),
    wakeAt: tell("wake"),
    closed: tell("closed"),
    settled: tell("settled"),
    blocked: tell("blocked"),
    released: tell("released"),
  };
  const batch = new Batch<number>({ waiting: 0, emptied: () => {} }, "a", 0, 0);
  const end = joinBatch(batch, (resource) => resource, undefined).catch((error: unknown) => error);
  const run = new BatchRun(batch, new Lane<number>(0), host);
  return { run, host, told, end };
}

describe("BatchRun", () => {
  it("needs one turn and no clock when nothing is asynchronous", async () => {
    const { run, told, end } = setUp({ load: () => 5, save: () => {} });
    run.start();
    expect(told).toEqual(["closed", "released", "settled"]);
    expect(await end).toBe(5);
  });

  it("keeps the lane until an overdue call settles, and then only frees it", async () => {
    let answer: (value: number) => void = () => {};
    const { run, told, host, end } = setUp({ load: () => new Promise<number>((resolve) => (answer = resolve)) });
    run.start();
    expect(told).toEqual(["wake"]);
    host.calls.expire(Infinity);
    expect(told).toEqual(["wake", "blocked", "settled"]);
    expect(await end).toMatchObject({ name: "BatchFailedError", phase: "load" });
    answer(5);
    await Promise.resolve();
    await Promise.resolve();
    expect(told).toEqual(["wake", "blocked", "settled", "released"]);
    expect(host.calls.nextAt).toBe(Infinity);
  });

  it("frees the lane at once when it is aborted between two calls", async () => {
    const { run, told, host, end } = setUp({
      load: () => 5,
      save: () => {
        throw new Error("conflict");
      },
      isConflict: () => true,
    });
    run.start();
    expect(told).toEqual(["closed", "wake"]);
    run.abort("reason");
    run.abort("again");
    expect(told).toEqual(["closed", "wake", "released", "settled"]);
    expect(host.pauses.nextAt).toBe(Infinity);
    expect(await end).toMatchObject({ name: "ProcessorStoppedError", phase: "save", cause: "reason" });
  });

  it("rests when there is no stamina left, and goes on where it was", async () => {
    const { run, host, told, end } = setUp({ load: () => 5 });
    host.stamina.spend(Infinity);
    run.start();
    expect(told).toEqual(["closed"]);
    expect(await end).toBe(5);
    expect(told).toEqual(["closed", "released", "settled"]);
  });
});
