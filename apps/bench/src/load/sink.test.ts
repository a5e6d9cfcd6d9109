import { expect, it } from "vitest";
import { coreTime } from "./clock.ts";
import { type Answer, Sink } from "./sink.ts";

const SOON: Answer = { serviceMs: 5, applies: true, reply: "done" };

function sinkOf(servers: number, answer: Answer = SOON) {
  const got: (readonly number[])[] = [];
  const sink = new Sink({ servers, answer: () => answer, onItems: (items) => got.push(items) });
  return { sink, got };
}

it("is done with a request when its time is over, and not before", async () => {
  const { sink, got } = sinkOf(1);
  const sent = sink.send([1, 2]);
  const now = coreTime();
  sink.finishDue(now - 1);
  expect(got).toEqual([]);
  expect(sink.isIdle).toBe(false);
  sink.finishDue(now + 5);
  await sent;
  expect(got).toEqual([[1, 2]]);
  expect(sink).toMatchObject({ isIdle: true, requests: 1, items: 2 });
});

it("lets those stand in line for whom it has no server", () => {
  const { sink, got } = sinkOf(2);
  for (const item of [1, 2, 3]) void sink.send([item]);
  const now = coreTime();
  sink.finishDue(now + 5);
  expect(got).toEqual([[1], [2]]);
  sink.finishDue(now + 9);
  expect(got).toHaveLength(2);
  sink.finishDue(now + 10);
  expect(got).toEqual([[1], [2], [3]]);
});

it("says so when a request failed", async () => {
  const { sink, got } = sinkOf(1, { serviceMs: 0, applies: false, reply: new Error("no") });
  const sent = sink.send([1]);
  sink.finishDue(coreTime());
  await expect(sent).rejects.toThrow("no");
  expect(got).toEqual([]);
});

it("may take the items and never say so", () => {
  const { sink, got } = sinkOf(1, { serviceMs: 0, applies: true, reply: "nothing" });
  void sink.send([1]);
  sink.finishDue(coreTime());
  expect(got).toEqual([[1]]);
  expect(sink.isIdle).toBe(true);
});

it("serves until it is told to stop", async () => {
  const { sink } = sinkOf(1, { ...SOON, serviceMs: 0 });
  let isOver = false;
  void sink.send([1]).then(() => (isOver = true));
  await sink.serveUntil(() => isOver);
  expect(sink.isIdle).toBe(true);
});
