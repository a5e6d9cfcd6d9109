import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listenForUncaught } from "../../../tooling/observe.ts";
import { idOf, Rehearsal } from "./rehearsal.ts";
import { scenario, type Scenario } from "./scenario.ts";

/** Far more than any scenario needs. */
const ENOUGH_MS = 20_000;

let uncaught: ReturnType<typeof listenForUncaught>;

beforeEach(() => {
  uncaught = listenForUncaught();
});

afterEach(async () => {
  vi.useRealTimers();
  expect(await uncaught.stop()).toEqual([]);
});

/** The books, while it runs. */
function checkBooks(rehearsal: Rehearsal, { overflow, maxLive, sizes }: Scenario): void {
  const stats = rehearsal.dispatcher.stats();
  const dropped = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0);
  const settled = stats.delivered + dropped + stats.abandoned;
  rehearsal.must(stats.accepted === settled + stats.buffer.total.items, "the books do not balance");
  rehearsal.must(
    stats.inFlight === rehearsal.live.length,
    `${stats.inFlight} in flight, ${rehearsal.live.length} seen`,
  );
  if (overflow !== "block") return;
  const { unleased, leased } = stats.buffer;
  rehearsal.must(unleased.items + leased.items <= maxLive, `${unleased.items + leased.items} live items`);
  rehearsal.must(unleased.size + leased.size <= (sizes?.live ?? Infinity), `${unleased.size + leased.size} live size`);
}

/** Everything succeeds from now on, until `isDone`. */
async function goOn(rehearsal: Rehearsal, isDone: () => boolean, aim: string): Promise<void> {
  for (let ms = 0; ms < ENOUGH_MS && !isDone(); ms += 1) {
    rehearsal.settleAll("succeed");
    await rehearsal.pass(1);
  }
  rehearsal.must(isDone(), `it never came to this: ${aim}`);
}

async function finish(rehearsal: Rehearsal, { end, maxAgeMs }: Scenario): Promise<void> {
  const { dispatcher } = rehearsal;
  if (end === "stay open, then settle") {
    const isQuiet = () => {
      const { waiting, buffer } = dispatcher.stats();
      return waiting === 0 && (maxAgeMs === Infinity || buffer.total.items === 0);
    };
    await goOn(rehearsal, isQuiet, "nobody waits and old items are sent");
  }
  if (end === "deadline") {
    void dispatcher.drain({ timeoutMs: 15 });
    await rehearsal.pass(16);
    rehearsal.must(dispatcher.state === "drained", "the deadline passed");
  } else {
    void dispatcher.drain();
    await goOn(rehearsal, () => dispatcher.state === "drained", "drained");
  }
}

/** The books, in the end. */
async function checkEnd(rehearsal: Rehearsal): Promise<void> {
  const { dispatcher, endings, summaries, accepted, refused } = rehearsal;
  const summary = await dispatcher.drained;
  await rehearsal.pass(0);
  expect(vi.getTimerCount()).toBe(0);
  rehearsal.settleAll(accepted.size % 2 === 0 ? "succeed" : "fail");
  await rehearsal.pass(50);
  expect(rehearsal.faults).toEqual([]);
  expect(summaries).toEqual([summary]);
  expect(dispatcher.stats()).toMatchObject({ ...summary });

  const inTheEnd = rehearsal.acceptedInTheEnd;
  const reasons = [...endings.values()];
  const open = [...inTheEnd].filter((id) => !endings.has(id));
  expect(summary.accepted).toBe(inTheEnd.size);
  expect(summary.delivered).toBe(reasons.filter((reason) => reason === "delivered").length);
  for (const [reason, count] of Object.entries(summary.dropped)) {
    expect([reason, count]).toEqual([reason, reasons.filter((each) => each === reason).length]);
  }
  expect(summary.abandoned).toBe(open.length);
  expect([...refused].filter((id) => endings.has(id))).toEqual([]);
  expect(rehearsal.liars).toEqual([]);
  expect(rehearsal.promises.filter(({ state }) => state === "pending")).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
}

/** Batches are cut in the order of the items, and with "fifo" sent in it. */
function checkOrder({ calls }: Rehearsal, { order }: Scenario): void {
  const batches = calls.filter(({ attempt }) => attempt === 1).sort((a, b) => a.batch.id - b.batch.id);
  const items = batches.flatMap(({ firstItems }) => firstItems.map(idOf));
  expect(items).toEqual([...items].sort((a, b) => a - b));
  if (order === "ready") return;
  const ids = calls.map(({ batch }) => batch.id);
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
}

/** In any span of time that begins and ends with a send. */
function checkRate({ calls }: Rehearsal, { rate }: Scenario): void {
  if (rate === undefined) return;
  const times = calls.map(({ startedAt }) => startedAt);
  times.forEach((from, first) => {
    times.slice(first).forEach((to, index) => {
      expect(index + 1).toBeLessThanOrEqual(rate.burst + (to - from) / rate.everyMs + 1e-6);
    });
  });
}

async function play(drawn: Scenario): Promise<void> {
  vi.useFakeTimers();
  const rehearsal = new Rehearsal(drawn);
  for (const step of drawn.steps) {
    await rehearsal.run(step);
    checkBooks(rehearsal, drawn);
  }
  await finish(rehearsal, drawn);
  await checkEnd(rehearsal);
  checkOrder(rehearsal, drawn);
  checkRate(rehearsal, drawn);
  vi.useRealTimers();
}

describe("a Dispatcher, whatever is done to it", () => {
  it("keeps every promise: nothing lost or doubled, no limit exceeded, nothing left behind", {
    timeout: 0,
  }, async () => {
    await fc.assert(fc.asyncProperty(scenario, play), { numRuns: 1_000 });
  });
});
