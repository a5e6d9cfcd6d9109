import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { BatchMetric } from "./metric.ts";
import { Metrics } from "./metrics.ts";

const BATCH = { key: "a", lane: 3, openedAt: 0, live: 2, cancelledCount: 1 };
const END = { saved: true, replays: 0, error: undefined };

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("Metrics", () => {
  it("read no clock while nobody listens", () => {
    const metrics = new Metrics();
    const read = vi.spyOn(performance, "now");
    metrics.tell(metrics.start(BATCH), END);
    expect(read).not.toHaveBeenCalled();
    read.mockRestore();
  });

  it("tell all who listen the same", () => {
    const metrics = new Metrics();
    const heard: BatchMetric[] = [];
    metrics.subscribe((metric) => heard.push(metric));
    metrics.subscribe((metric) => heard.push(metric));
    metrics.tell(metrics.start(BATCH), END);
    expect(heard).toHaveLength(2);
    expect(heard[0]).toBe(heard[1]);
    expect(heard[0]).toMatchObject({ key: "a", lane: 3, operations: 2, cancelled: 1, ...END });
  });

  it("do not tell who came meanwhile, but do tell everybody else though one leaves or joins", () => {
    const metrics = new Metrics();
    const heard: string[] = [];
    metrics.subscribe(() => {
      heard.push("first");
      endSecond();
      metrics.subscribe(() => heard.push("newcomer"));
    });
    const endSecond = metrics.subscribe(() => heard.push("second"));
    metrics.tell(metrics.start(BATCH), END);
    expect(heard).toEqual(["first", "second"]);
  });
});
