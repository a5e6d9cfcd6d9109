import { DispatcherClosedError, RateLimiter } from "@disp/core";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Gate } from "../test/gate.ts";
import type { EventRow } from "./events.ts";
import { Pipeline, PipelineBusyError } from "./pipeline.ts";
import type { Insert } from "./store-batch.ts";

let stored: string[];
let gate: Gate;
let before: () => unknown;

beforeEach(() => {
  stored = [];
  gate = new Gate();
  before = () => undefined;
});

const insert: Insert = async (rows) => {
  await before();
  stored.push(...rows.map(({ id }) => id));
  return { count: rows.length, airports: [] };
};

function pipeline(): Pipeline {
  const rateLimit = new RateLimiter({ ratePerSecond: Infinity });
  return new Pipeline({ insert, rateLimit, concurrency: 1, overflow: "block" });
}

function row(id: number): EventRow {
  return { id: `${id}`, receivedAt: "", type: null, occurredAt: null, payload: "{}", bytes: 2 };
}

const rows = (count: number, from = 0): EventRow[] => Array.from({ length: count }, (_, n) => row(from + n));
const names = (all: readonly EventRow[]): string[] => all.map(({ id }) => id).sort();
const deliver = (to: Pipeline, all: readonly EventRow[]): Promise<PromiseSettledResult<void>[]> =>
  Promise.allSettled(all.map((one) => to.deliver(one)));

/** Lets callbacks run that are due. */
const rest = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

function balanced(of: Pipeline): boolean {
  const { books } = of;
  const { delivered, buffer, waiting } = of.stats();
  return books.stored === delivered && books.waiting === buffer.total.items + waiting;
}

describe("Pipeline", () => {
  it("stores what it is handed, and keeps the books", async () => {
    const made = pipeline();
    await deliver(made, rows(10));
    expect(made.books).toEqual({ taken: 10, stored: 10, refused: 0, waiting: 0 });
    expect(names(rows(10))).toEqual([...stored].sort());
  });

  it("loses nothing and turns nobody away when its dispatcher is replaced, those in line included", async () => {
    before = gate.pass;
    const made = pipeline();
    // More than fits: 2,000 are accepted, the others stand in line.
    const all = rows(3_500);
    const outcomes = deliver(made, all);
    await rest();
    expect(made.books.waiting).toBe(3_500);
    made.change({ concurrency: 2, overflow: "block" });
    await rest();
    expect(balanced(made)).toBe(true);
    expect(made.capacity).toBe(3_000);
    made.change({ concurrency: 3, overflow: "block" });
    await rest();
    expect(balanced(made)).toBe(true);
    gate.open();
    expect((await outcomes).every(({ status }) => status === "fulfilled")).toBe(true);
    expect([...stored].sort()).toEqual(names(all));
    expect(made.stats()).toMatchObject({ state: "open", accepted: 3_500, delivered: 3_500, waiting: 0 });
    expect(balanced(made)).toBe(true);
  });

  it("counts over all its dispatchers, also those that are over", async () => {
    const made = pipeline();
    for (const concurrency of [2, 3, 4, 5, 6, 7, 8]) {
      await deliver(made, rows(10, concurrency * 10));
      made.change({ concurrency, overflow: "block" });
      await rest();
    }
    expect(made.stats()).toMatchObject({ accepted: 70, delivered: 70, batches: 7, sends: 7 });
  });

  it("does nothing when nothing changes", () => {
    const made = pipeline();
    for (let n = 0; n < 20; n++) made.change({ concurrency: 1, overflow: "block" });
    expect(made.settings).toEqual({ concurrency: 1, overflow: "block" });
  });

  it("refuses to pile up dispatchers that cannot empty themselves, and changes nothing then", async () => {
    before = gate.pass;
    const made = pipeline();
    const outcomes: Promise<unknown>[] = [];
    for (const concurrency of [2, 3, 4, 5]) {
      outcomes.push(deliver(made, rows(1, concurrency)));
      made.change({ concurrency, overflow: "block" });
    }
    outcomes.push(deliver(made, rows(1)));
    expect(() => made.change({ concurrency: 6, overflow: "block" })).toThrow(PipelineBusyError);
    expect(made.settings.concurrency).toBe(5);
    gate.open();
    await Promise.all(outcomes);
    await vi.waitFor(() => made.change({ concurrency: 6, overflow: "block" }));
    expect(stored).toHaveLength(5);
  });

  it("drops as it is told to, tells whoever brought it, and the books still agree", async () => {
    before = gate.pass;
    const made = pipeline();
    made.change({ concurrency: 1, overflow: "drop-newest" });
    const outcomes = deliver(made, rows(2_500));
    await rest();
    expect(made.books).toEqual({ taken: 2_500, stored: 0, refused: 500, waiting: 2_000 });
    expect(balanced(made)).toBe(true);
    gate.open();
    await outcomes;
    expect(made.books).toEqual({ taken: 2_500, stored: 2_000, refused: 500, waiting: 0 });
    expect(made.stats().dropped.overflow).toBe(500);
  });

  it("takes nothing while it drains, settles what it has, and takes rows again when it is resumed", async () => {
    before = gate.pass;
    const made = pipeline();
    const outcomes = deliver(made, rows(10));
    await rest();
    const drained = made.drain();
    expect(made.state).toBe("draining");
    await expect(made.deliver(row(99))).rejects.toBeInstanceOf(DispatcherClosedError);
    gate.open();
    expect(await drained).toMatchObject({ accepted: 10, delivered: 10, abandoned: 0 });
    await outcomes;
    expect(made.state).toBe("drained");
    made.change({ concurrency: 4, overflow: "drop-oldest" });
    expect(made.state).toBe("drained");
    made.resume();
    expect([made.state, made.capacity]).toEqual(["open", 5_000]);
    await made.deliver(row(10));
    expect(made.books).toEqual({ taken: 12, stored: 11, refused: 1, waiting: 0 });
    expect(balanced(made)).toBe(true);
  });

  it("gives up at a deadline what cannot be stored, in all its dispatchers", async () => {
    before = gate.pass;
    const made = pipeline();
    const first = deliver(made, rows(5));
    await rest();
    made.change({ concurrency: 2, overflow: "block" });
    const second = deliver(made, rows(5, 5));
    await rest();
    const summary = await made.drain({ timeoutMs: 0 });
    expect(summary.accepted).toBe(10);
    expect(summary.delivered).toBe(0);
    await Promise.all([first, second]);
    expect(made.books).toMatchObject({ taken: 10, refused: 10, waiting: 0 });
    gate.open();
  });
});
