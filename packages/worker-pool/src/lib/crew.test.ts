import { fixedDelay, noRetry } from "@disp/retry";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Crew } from "./crew.ts";
import { Job } from "./job.ts";
import type { ResolvedFactory } from "./making.ts";
import { RunContext } from "./run-context.ts";
import { doubling, type ScalingPolicy } from "./scaling-policy.ts";
import type { Worker } from "./worker.ts";

const hooks = {
  onSettled: vi.fn(),
  onChange: vi.fn(),
  onGaveUp: vi.fn(),
  onCreateError: vi.fn(),
  onDestroyError: vi.fn(),
};

interface Setting {
  readonly min?: number;
  readonly max?: number;
  readonly scaling?: ScalingPolicy;
  readonly factory?: Partial<ResolvedFactory<number>>;
}

function crewOf({ min = 0, max = 4, scaling = doubling(), factory }: Setting = {}): Crew<number> {
  let made = 0;
  const defaults = {
    create: () => ++made,
    destroy: () => {},
    isUsable: () => true,
    retry: noRetry(),
    createTimeoutMs: 50,
    destroyTimeoutMs: 50,
  };
  const resolved = factory === undefined ? undefined : { ...defaults, ...factory };
  return new Crew<number>({ minWorkers: min, maxWorkers: max, scaling, factory: resolved }, hooks);
}

function begin(worker: Worker<number> | undefined): Worker<number> {
  if (worker === undefined) throw new Error("no worker");
  const job = new Job<number>(() => 1, { timeoutMs: 1_000, timeoutName: "taskTimeoutMs", retry: undefined }, { at: 0 });
  worker.begin(job, new RunContext(worker.resource, 1), 0);
  return worker;
}

describe("Crew", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    for (const hook of Object.values(hooks)) hook.mockReset();
  });

  afterEach(() => void vi.useRealTimers());

  it("has nobody before it is open, and the minimum from then on", () => {
    const crew = crewOf({ min: 2 });
    expect([crew.take(1, 0), crew.size]).toEqual([undefined, 0]);
    crew.open(0);
    expect([crew.size, crew.ready, crew.idle, crew.busy]).toEqual([2, 2, 2, 0]);
  });

  it("has more made while jobs wait for whom nobody is on the way", async () => {
    const crew = crewOf({ max: 8, factory: {} });
    crew.open(0);
    expect(crew.take(1, 0)).toBeUndefined();
    expect(crew.take(1, 0)).toBeUndefined();
    expect(crew.size).toBe(1);
    crew.take(3, 0);
    expect(crew.size).toBe(4);
    crew.take(100, 0);
    expect([crew.size, crew.ready]).toEqual([8, 0]);
    await vi.advanceTimersByTimeAsync(0);
    expect([crew.size, crew.ready, crew.idle]).toEqual([8, 8, 8]);
    expect(hooks.onChange).toHaveBeenCalledTimes(8);
  });

  it("gives a worker to one job at a time, the one that was used last first", () => {
    const crew = crewOf();
    crew.open(0);
    const first = begin(crew.take(2, 0));
    const second = begin(crew.take(1, 0));
    expect(second).not.toBe(first);
    crew.release(first, 0);
    crew.release(second, 0);
    expect(crew.take(1, 0)).toBe(second);
  });

  it("destroys a worker that is not usable any more, and replaces it for the minimum", async () => {
    const broken = new Set<number>();
    const destroyed: number[] = [];
    const factory = { isUsable: (w: number) => !broken.has(w), destroy: (w: number) => void destroyed.push(w) };
    const crew = crewOf({ min: 1, factory });
    crew.open(0);
    await vi.advanceTimersByTimeAsync(0);
    const worker = begin(crew.take(1, 0));
    broken.add(1);
    crew.release(worker, 0);
    expect(destroyed).toEqual([1]);
    await vi.advanceTimersByTimeAsync(0);
    broken.add(2);
    expect(crew.take(1, 0)).toBeUndefined();
    await vi.advanceTimersByTimeAsync(0);
    expect(crew.take(1, 0)?.resource).toBe(3);
    expect(destroyed).toEqual([1, 2]);
  });

  it("takes a worker for unusable when asking throws, and reports it", async () => {
    const unhandled = new Promise((resolve) => process.once("unhandledRejection", resolve));
    const isUsable = () => {
      throw new Error("ping");
    };
    const crew = crewOf({ max: 1, factory: { isUsable } });
    crew.open(0);
    crew.take(1, 0);
    await vi.advanceTimersByTimeAsync(0);
    expect(crew.take(1, 0)).toBeUndefined();
    expect(crew.idle).toBe(0);
    vi.useRealTimers();
    expect(await unhandled).toEqual(new Error("ping"));
  });

  it("waits after a failure as the policy says, and makes no attempt meanwhile", async () => {
    const create = vi.fn(() => Promise.reject<number>(new Error("down")));
    const crew = crewOf({ factory: { create, retry: fixedDelay({ delayMs: 100 }) } });
    crew.open(0);
    crew.take(1, 0);
    await vi.advanceTimersByTimeAsync(99);
    crew.take(5, 99);
    expect(create).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(1);
    crew.take(1, 100);
    expect(create).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(0);
    expect(hooks.onCreateError.mock.calls.map(([, attempt]) => attempt as number)).toEqual([1, 2]);
    expect(hooks.onGaveUp).not.toHaveBeenCalled();
    crew.close("quit");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("counts failures that run side by side as one in a row", async () => {
    const crew = crewOf({
      factory: { create: () => Promise.reject<number>("down"), retry: fixedDelay({ delayMs: 10 }) },
    });
    crew.open(0);
    crew.take(4, 0);
    await vi.advanceTimersByTimeAsync(0);
    expect(hooks.onCreateError.mock.calls.map(([, attempt]) => attempt as number)).toEqual([1, 1, 1, 1]);
  });

  it("gives up when the policy stops, and tries again for whoever asks next", async () => {
    const create = vi.fn(() => Promise.reject<number>("down"));
    const crew = crewOf({ min: 1, factory: { create } });
    crew.open(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(hooks.onGaveUp.mock.calls).toEqual([["down"]]);
    expect(create).toHaveBeenCalledTimes(1);
    crew.take(1, 1_000);
    expect(create).toHaveBeenCalledTimes(2);
  });

  it("destroys what is made after it was closed", async () => {
    const destroyed: number[] = [];
    const create = () => new Promise<number>((resolve) => setTimeout(resolve, 10, 1));
    const crew = crewOf({ factory: { create, destroy: (w: number) => void destroyed.push(w) } });
    crew.open(0);
    crew.take(1, 0);
    crew.close("quit");
    expect(crew.size).toBe(0);
    await vi.advanceTimersByTimeAsync(10);
    expect([crew.size, destroyed]).toEqual([0, [1]]);
  });

  it("shrinks by dismissing idle ones, and busy ones when they are done", () => {
    const crew = crewOf({ max: 4 });
    crew.open(0);
    const busy = [begin(crew.take(4, 0)), begin(crew.take(3, 0)), begin(crew.take(2, 0))];
    crew.shrink();
    expect([crew.ready, crew.idle]).toEqual([3, 0]);
    for (const worker of busy) crew.release(worker, 0);
    expect([crew.ready, crew.idle]).toEqual([2, 2]);
  });

  it("calls off those on the way when it becomes smaller, and welcomes no more than fit", async () => {
    const create = () => new Promise<number>((resolve) => setTimeout(resolve, 10, 1));
    const crew = crewOf({ min: 8, max: 8, factory: { create } });
    crew.open(0);
    await vi.advanceTimersByTimeAsync(5);
    crew.resize(0, 2, 5);
    expect(crew.size).toBe(2);
    await vi.advanceTimersByTimeAsync(100);
    expect([crew.ready, crew.idle]).toEqual([2, 2]);
  });

  it("counts the jobs of a former life when it becomes smaller", () => {
    const crew = crewOf({ max: 4 });
    crew.open(0);
    const former = [begin(crew.take(2, 0)), begin(crew.take(1, 0))];
    crew.close("quit");
    crew.open(0);
    const present = [begin(crew.take(2, 0)), begin(crew.take(1, 0))];
    for (const worker of present) crew.release(worker, 0);
    crew.resize(0, 2, 0);
    expect([crew.busy, crew.ready, crew.take(1, 0)]).toEqual([2, 0, undefined]);
    crew.release(former[0] as Worker<number>, 0);
    expect(crew.take(5, 0)).toBeDefined();
    expect(crew.take(5, 0)).toBeUndefined();
  });

  it("takes a worker that is unusable from the start for one that could not be made", async () => {
    const create = vi.fn(() => 1);
    const crew = crewOf({ factory: { create, isUsable: () => false, retry: fixedDelay({ delayMs: 100 }) } });
    crew.open(0);
    crew.take(1, 0);
    await vi.advanceTimersByTimeAsync(0);
    expect(crew.take(1, 0)).toBeUndefined();
    expect(crew.take(1, 0)).toBeUndefined();
    expect(create).toHaveBeenCalledTimes(1);
    expect(hooks.onCreateError.mock.calls).toEqual([[expect.any(Error), 1]]);
    await vi.advanceTimersByTimeAsync(100);
    crew.take(1, 100);
    await vi.advanceTimersByTimeAsync(0);
    crew.take(1, 100);
    expect(hooks.onCreateError.mock.calls[1]?.[1]).toBe(2);
    crew.close("quit");
  });

  it("keeps the place of a job that nobody waits for, until it settles", () => {
    const crew = crewOf({ max: 1 });
    crew.open(0);
    const worker = begin(crew.take(1, 0));
    crew.close("quit");
    expect([crew.ready, crew.busy]).toEqual([0, 1]);
    crew.open(0);
    expect(crew.take(1, 0)).toBeUndefined();
    crew.release(worker, 0);
    expect([crew.busy, crew.take(1, 0)?.isDismissed]).toEqual([0, false]);
  });

  it("knows who is leaving until destroy has settled, well or not", async () => {
    const error = new Error("stuck");
    const destroy = (w: number) =>
      w === 1 ? new Promise<void>((resolve) => setTimeout(resolve, 10)) : Promise.reject<void>(error);
    const crew = crewOf({ min: 2, factory: { destroy } });
    crew.open(0);
    await vi.advanceTimersByTimeAsync(0);
    crew.close("quit");
    expect(crew.leaving).toBe(2);
    await vi.advanceTimersByTimeAsync(0);
    expect(crew.leaving).toBe(1);
    expect(hooks.onDestroyError.mock.calls).toEqual([[error]]);
    await vi.advanceTimersByTimeAsync(10);
    expect(crew.leaving).toBe(0);
  });

  it("survives a scaling policy that throws or answers nonsense", async () => {
    const unhandled: unknown[] = [];
    const listen = (error: unknown): void => void unhandled.push(error);
    process.on("unhandledRejection", listen);
    const broken = {
      grow: () => NaN,
      shrink: () => {
        throw new Error("policy");
      },
    };
    const crew = crewOf({ scaling: broken });
    crew.open(0);
    expect(crew.take(1, 0)).toBeDefined();
    crew.shrink();
    expect(crew.ready).toBe(1);
    await vi.waitFor(() => expect(unhandled).toHaveLength(2));
    process.off("unhandledRejection", listen);
  });
});
