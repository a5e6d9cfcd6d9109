import { describe, expect, it } from "vitest";
import { narrowPicture, widePicture } from "../page/flow-shapes.js";
import { History } from "../page/history.js";
import { count, duration, figure } from "../page/numbers.js";
import { story, Storyteller } from "../page/story.js";
import type { Snapshot } from "../src/live/snapshot.ts";

describe("numbers", () => {
  it("are grouped, and have a tenth only where it tells something", () => {
    expect([count(1_234_567.8), count(0), count(null)]).toEqual(["1,234,568", "0", "–"]);
    expect([figure(4.25), figure(4), figure(12.3), figure(undefined)]).toEqual(["4.3", "4", "12", "–"]);
    expect([duration(4.5), duration(999), duration(1_250), duration(null)]).toEqual(["4.5 ms", "999 ms", "1.3 s", "–"]);
  });
});

describe("History", () => {
  const history = (): History<number> =>
    new History<number>([(value) => value, (value) => (value > 1 ? value * 10 : null)], 1_000);

  it("has a column for each curve, gaps included", () => {
    const made = history();
    made.add(0, 1);
    made.add(250, 2);
    expect([made.times, made.column(0), made.column(1), made.column(7)]).toEqual([[0, 250], [1, 2], [null, 20], []]);
  });

  it("keeps no more than its time", () => {
    const made = history();
    for (let at = 0; at <= 10_000; at += 250) made.add(at, at);
    expect(made.times).toEqual([9_000, 9_250, 9_500, 9_750, 10_000]);
    expect(made.column(1)).toHaveLength(5);
  });

  it("begins anew when the clock goes back, for it is another gateway's", () => {
    const made = history();
    made.add(5_000, 1);
    made.add(100, 2);
    expect([made.times, made.column(0)]).toEqual([[100], [2]]);
  });
});

describe.each([
  ["wide", widePicture],
  ["narrow", narrowPicture],
])("the %s picture", (_, draw) => {
  const { boxes, arrows, frame, width, height } = draw();

  it("has every box within its bounds, and no two on one spot", () => {
    for (const box of boxes) {
      expect(box.x).toBeGreaterThanOrEqual(0);
      expect(box.x + box.width).toBeLessThanOrEqual(width);
      expect(box.y + box.height).toBeLessThanOrEqual(height);
    }
    const overlaps = boxes.flatMap((a, index) =>
      boxes.slice(index + 1).filter((b) => Math.abs(a.x - b.x) < a.width && Math.abs(a.y - b.y) < a.height),
    );
    expect(overlaps).toEqual([]);
  });

  it("leads from the producers to the threads, one arrow at a time", () => {
    expect(arrows).toHaveLength(boxes.length - 1);
    expect(boxes.map(({ name }) => name)).toEqual([...arrows.map(({ from }) => from), "threads"]);
  });

  it("has a frame round the dispatcher", () => {
    expect(frame.title).toBe("Dispatcher");
    expect(frame.x).toBeGreaterThanOrEqual(0);
  });
});

describe("the story", () => {
  const calm = {
    state: "open",
    books: { taken: 0, stored: 0, refused: 0, waiting: 0, balanced: true },
    perSecond: { taken: 0, stored: 0, sends: 0, retries: 0 },
    dropsPerSecond: { overflow: 0, rejected: 0, "retries-exhausted": 0, aborted: 0 },
    producers: { unanswered: 0, producers: 24 },
    buffer: { rows: 0, capacity: 2_000 },
    inLine: 0,
    limiter: { tokens: 10, burst: 10 },
    sink: { trouble: null },
    controls: { sinkPaused: false, overflow: "block", statementsPerSecond: 200 },
  };
  type Calm = typeof calm;
  const told = (change: { [Name in keyof Calm]?: unknown }): string =>
    story({ ...calm, ...change } as unknown as Snapshot);
  const waiting = { ...calm.books, waiting: 2_500 };
  const paused = { ...calm.controls, sinkPaused: true };
  const full = { rows: 2_000, capacity: 2_000 };

  it.each([
    ["Nothing comes in", {}],
    ["All is well", { perSecond: { ...calm.perSecond, taken: 100 } }],
    ["the buffer fills", { controls: paused, books: waiting, buffer: { rows: 500, capacity: 2_000 } }],
    ["the buffer is full: producers wait", { controls: paused, books: waiting, buffer: full }],
    ["That is backpressure", { books: waiting, buffer: full, inLine: 500 }],
    ["All producers wait for answers", { producers: { unanswered: 24, producers: 24 } }],
    [
      "what is new is given up",
      {
        controls: { ...calm.controls, overflow: "drop-newest" },
        dropsPerSecond: { ...calm.dropsPerSecond, overflow: 5 },
      },
    ],
    [
      "the oldest batches are given up",
      {
        controls: { ...calm.controls, overflow: "drop-oldest" },
        dropsPerSecond: { ...calm.dropsPerSecond, overflow: 5 },
      },
    ],
    ["halved until it stood alone", { dropsPerSecond: { ...calm.dropsPerSecond, rejected: 1 } }],
    ["failed too often", { dropsPerSecond: { ...calm.dropsPerSecond, "retries-exhausted": 1 } }],
    ["back off and are sent again", { sink: { trouble: "ECONNREFUSED" }, books: waiting }],
    ["batches back off, producers wait", { sink: { trouble: "ECONNREFUSED" }, books: waiting, buffer: full }],
    ["Some statements fail", { perSecond: { ...calm.perSecond, retries: 2 } }],
    [
      "The limiter sets the pace",
      {
        limiter: { tokens: 0, burst: 10 },
        buffer: { rows: 9, capacity: 2_000 },
        perSecond: { ...calm.perSecond, sends: 4 },
        controls: { ...calm.controls, statementsPerSecond: 4 },
      },
    ],
    ["Draining", { state: "draining" }],
    ["Drained", { state: "drained" }],
    ["is stopping", { state: "stopping" }],
    ["this is a fault", { books: { ...calm.books, balanced: false } }],
  ])("says: %s", (part, change) => {
    expect(told(change)).toContain(part);
  });

  it("changes only when it has been so for a moment", () => {
    const teller = new Storyteller(3);
    expect(["a", "b", "a", "b", "b", "b", "a"].map((sentence) => teller.hear(sentence))).toEqual([
      "a",
      "a",
      "a",
      "a",
      "a",
      "b",
      "b",
    ]);
  });
});
