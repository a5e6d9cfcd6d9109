import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EXPERIMENTS, isSetUp } from "../page/experiments.js";
import { facesOf } from "../page/faces.js";
import { middlePicture, narrowPicture, widePicture } from "../page/flow-shapes.js";
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
  ["middle", middlePicture],
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

  it("has nothing in the dispatcher's frame that is not of the dispatcher", () => {
    const inside = boxes.filter(
      ({ x, y }) => x > frame.x && x < frame.x + frame.width && y > frame.y && y < frame.y + frame.height,
    );
    expect(inside.map(({ name }) => name)).toEqual(["line", "buffer", "limiter", "senders"]);
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
    perSecond: { taken: 0, stored: 0, sends: 0, retries: 0, saves: 0, sent: 0, heldBack: 0, statements: 0, failed: 0 },
    dropsPerSecond: { overflow: 0, rejected: 0, "retries-exhausted": 0, aborted: 0 },
    producers: { sent: 0, unanswered: 0, producers: 24, heldBack: 0, ended: null },
    door: { requests: 0, open: 0 },
    buffer: { rows: 0, capacity: 2_000, batches: 0 },
    senders: { busy: 0, of: 1 },
    batchRows: null,
    rows: { airports: 0, busy: 0, saves: 0 },
    reports: { queued: 0, running: 0, built: 0 },
    threads: { busy: 0, of: 1 },
    inLine: 0,
    limiter: { tokens: 10, burst: 10 },
    sink: { trouble: null },
    controls: { arrivalRate: 0, sinkPaused: false, sinkLatencyMs: 0, overflow: "block", statementsPerSecond: 200 },
  };
  type Calm = typeof calm;
  const told = (change: { [Name in keyof Calm]?: unknown }): string =>
    story({ ...calm, ...change } as unknown as Snapshot);
  const waiting = { ...calm.books, waiting: 2_500 };
  const paused = { ...calm.controls, sinkPaused: true };
  const full = { rows: 2_000, capacity: 2_000 };

  const arriving = { ...calm.controls, arrivalRate: 2_000 };
  const slowed = { ...calm.perSecond, sent: 300, taken: 300, heldBack: 1_700 };
  const dropping = { ...calm.dropsPerSecond, overflow: 5 };
  const moving = { ...calm.perSecond, taken: 100 };
  const oldest = { ...calm.controls, overflow: "drop-oldest" };
  const newest = { ...calm.controls, overflow: "drop-newest" };

  it.each([
    ["Nothing comes in", {}],
    ["All is well", { perSecond: moving }],
    ["paused: the buffer fills", { controls: paused, books: waiting, perSecond: moving }],
    ["What is in the buffer waits", { controls: paused, books: waiting }],
    ["Nothing waits for it so far", { controls: paused }],
    ["producers wait. That is backpressure", { controls: paused, books: waiting, buffer: full, inLine: 500 }],
    [
      "the buffer is full. What is in it waits",
      { controls: { ...newest, sinkPaused: true }, books: waiting, buffer: full },
    ],
    [
      "paused, and more comes in than the buffer can hold",
      { controls: { ...newest, sinkPaused: true }, dropsPerSecond: dropping },
    ],
    ["whoever sent them waits. That is backpressure", { books: waiting, buffer: full, inLine: 500 }],
    ["Producers want to send more than gets through", { controls: arriving, perSecond: slowed }],
    [
      "The limiter lets out less than comes in",
      {
        controls: { ...arriving, statementsPerSecond: 2 },
        perSecond: { ...slowed, sends: 2 },
        limiter: { tokens: 0.5, burst: 10 },
      },
    ],
    ["All is well", { controls: arriving, perSecond: { ...slowed, heldBack: 50 } }],
    ["what is new is given up", { controls: newest, dropsPerSecond: dropping }],
    ["the oldest events are given up", { controls: oldest, dropsPerSecond: dropping }],
    ["All is well", { dropsPerSecond: dropping, perSecond: moving }],
    ["halved until it stood alone", { dropsPerSecond: { ...calm.dropsPerSecond, rejected: 1 } }],
    ["failed too often", { dropsPerSecond: { ...calm.dropsPerSecond, "retries-exhausted": 1 } }],
    ["The database fails: batches back off", { sink: { trouble: "ECONNREFUSED" }, books: waiting }],
    ["Producers wait: that is backpressure", { sink: { trouble: "ECONNREFUSED" }, books: waiting, inLine: 5 }],
    ["Some statements fail", { perSecond: { ...calm.perSecond, statements: 5, failed: 2 } }],
    [
      "Some statements fail",
      { perSecond: { ...calm.perSecond, statements: 5, failed: 2 }, sink: { trouble: "WEATHER" } },
    ],
    ["Each statement takes longer", { perSecond: moving, controls: { ...calm.controls, sinkLatencyMs: 300 } }],
    ["A lot waits in the buffer", { books: waiting, buffer: { rows: 1_500, capacity: 2_000 } }],
    [
      "The limiter sets the pace",
      {
        limiter: { tokens: 0, burst: 10 },
        perSecond: { ...moving, sends: 4 },
        controls: { ...calm.controls, statementsPerSecond: 4 },
      },
    ],
    ["A million events were sent. Move the slider", { producers: { ...calm.producers, ended: "all-sent" } }],
    ["Nobody looked at this page", { producers: { ...calm.producers, ended: "unwatched" } }],
    ["Draining: what was taken is being stored", { state: "draining" }],
    ["Draining, but the database is paused", { state: "draining", controls: paused }],
    ["Drained", { state: "drained" }],
    ["is stopping", { state: "stopping" }],
    ["this is a fault", { books: { ...calm.books, balanced: false } }],
  ])("says: %s", (part, change) => {
    expect(told(change)).toContain(part);
  });

  it("never says anything that a box denies", () => {
    const few = fc.constantFrom(0, 1, 300, 2_000, 5_512);
    const snapshots = fc.record({
      state: fc.constantFrom("open", "draining"),
      waiting: few,
      inLine: few,
      rows: few,
      trouble: fc.constantFrom(null, "WEATHER", "ECONNREFUSED"),
      arrivalRate: fc.constantFrom(0, 2_000),
      sinkPaused: fc.boolean(),
      sinkLatencyMs: fc.constantFrom(0, 300),
      overflow: fc.constantFrom("block", "drop-oldest", "drop-newest"),
      perSecond: fc.record({
        taken: few,
        stored: few,
        sends: few,
        retries: few,
        sent: few,
        heldBack: few,
        statements: few,
        failed: few,
      }),
      dropped: few,
    });
    fc.assert(
      fc.property(snapshots, ({ state, waiting: left, inLine, rows, trouble, perSecond, dropped, ...controls }) => {
        const snapshot = {
          ...calm,
          state,
          inLine,
          books: { ...calm.books, waiting: left },
          buffer: { ...calm.buffer, rows },
          sink: { trouble },
          controls: { ...calm.controls, ...controls },
          perSecond: { ...calm.perSecond, ...perSecond },
          dropsPerSecond: { ...calm.dropsPerSecond, overflow: dropped },
        } as unknown as Snapshot;
        const sentence = story(snapshot);
        const faces = facesOf(snapshot);
        const moods = Object.values(faces).map(({ mood }) => mood);
        if (sentence.includes("All is well"))
          expect(moods.some((mood) => mood === "full" || mood === "bad")).toBe(false);
        if (sentence.includes("buffer is full")) expect(faces["buffer"]?.mood).toBe("full");
        expect(sentence.includes("is paused")).toBe(
          faces["database"]?.note === "paused" && (state === "open" || sentence.includes("Draining")),
        );
        if (sentence.includes("backpressure")) expect(moods).toContain("full");
        if (sentence.includes("in line")) expect(faces["line"]?.value).not.toBe("0");
        if (/database fails/.test(sentence)) expect(faces["database"]?.note).toMatch(/^fails(:|$)/);
        if (sentence.includes("Nothing comes in"))
          expect([controls.arrivalRate > 0 && perSecond.taken > 0, left]).toEqual([false, 0]);
      }),
      { numRuns: 3_000 },
    );
  });

  it("changes only when it has been so for a moment", () => {
    const teller = new Storyteller(3);
    expect(["a", "b", "a", "b", "b", "b", "a"].map((sentence) => teller.hear(sentence, "same"))).toEqual([
      "a",
      "a",
      "a",
      "a",
      "a",
      "b",
      "b",
    ]);
  });

  it("answers at once what a visitor has changed", () => {
    const teller = new Storyteller(3);
    expect(teller.hear("paused", "pause")).toBe("paused");
    expect(teller.hear("goes on", "pause")).toBe("paused");
    expect(teller.hear("goes on", "no pause")).toBe("goes on");
    expect(teller.hear("paused", "no pause")).toBe("goes on");
  });
});

describe("a box", () => {
  const faces = (change: object): ReturnType<typeof facesOf> =>
    facesOf({
      perSecond: { taken: 0, stored: 0, sends: 0, saves: 0, sent: 0, heldBack: 0, statements: 0, failed: 0 },
      producers: { unanswered: 24, producers: 24 },
      door: { open: 24 },
      inLine: 0,
      buffer: { rows: 0, capacity: 2_000 },
      limiter: null,
      senders: { busy: 0, of: 1 },
      sink: { trouble: null },
      rows: { airports: 0 },
      reports: { running: 0, queued: 0, built: 0 },
      threads: { busy: 0, of: 1 },
      controls: { arrivalRate: 2_000, sinkPaused: false, sinkLatencyMs: 0, statementsPerSecond: null },
      ...change,
    } as unknown as Snapshot);

  it("of the producers says what they do, beside what they were told to", () => {
    expect(faces({})["producers"]).toMatchObject({ value: "0/s", note: "of 2,000/s wanted" });
  });

  it("of the door says how many requests have no answer", () => {
    expect(faces({})["door"]).toMatchObject({ note: "24 requests open" });
    expect(faces({ door: { open: 1 } })["door"]).toMatchObject({ note: "1 request open" });
  });

  it("of the buffer does not say that it is full at less than it has", () => {
    const note = (rows: number): string | undefined => faces({ buffer: { rows, capacity: 2_000 } })["buffer"]?.note;
    expect([note(1_999), note(2_000), note(5_512)]).toEqual(["of 2,000", "full at 2,000", "was larger before"]);
  });
});

describe("an experiment", () => {
  it.each(EXPERIMENTS)("is ended by what its button says then: $title", ({ change, end }) => {
    const controls = {
      arrivalRate: 0,
      sinkLatencyMs: 0,
      sinkFailurePercent: 0,
      sinkPaused: false,
      statementsPerSecond: 200,
      concurrency: 1,
      overflow: "block" as const,
    };
    expect(isSetUp({ title: "", text: "", change, end }, controls)).toBe(false);
    expect(isSetUp({ title: "", text: "", change, end }, { ...controls, ...change })).toBe(true);
    expect(isSetUp({ title: "", text: "", change, end }, { ...controls, ...change, ...end.change })).toBe(false);
  });
});
