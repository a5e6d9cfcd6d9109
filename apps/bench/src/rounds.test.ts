import { expect, it } from "vitest";
import type { Round } from "./case.ts";
import { allocate, check, time, weigh } from "./rounds.ts";

it("counts what lies between start and stop, per item", async () => {
  const { ns } = await time((round) => {
    round.start();
    const end = performance.now() + 2;
    while (performance.now() < end) continue;
    round.stop();
  }, 10);
  expect(ns).toBeGreaterThan(0);
  const nothing = await time(() => undefined, 10);
  expect(nothing.ns).toBe(0);
});

it("hands on what a play throws, in every kind of round", async () => {
  const wrong = () => Promise.reject(new Error("wrong"));
  await expect(check(wrong, 1)).rejects.toThrow("wrong");
  await expect(time(wrong, 1)).rejects.toThrow("wrong");
  await expect(allocate(wrong, 1)).rejects.toThrow("wrong");
  await expect(weigh(wrong, 1)).rejects.toThrow("wrong");
});

it("asks for every item in the check alone", async () => {
  const asked: boolean[] = [];
  const play = ({ isThorough }: { isThorough: boolean }) => void asked.push(isThorough);
  await check(play, 1);
  await time(play, 1);
  await allocate(play, 1);
  await weigh(play, 1);
  expect(asked).toEqual([true, false, false, false]);
});

/** An array of 1,000 takes 8 KB, and each item makes two of them: one that waits and one that dies at once. */
function fill(round: Round): void {
  const held: number[][] = [];
  round.start();
  for (let i = 0; i < round.count; i++) held.push(new Array<number>(1_000).fill(i));
  round.stop();
  round.weigh("waiting", held.length);
  round.start();
  held.length = 0;
  for (let i = 0; i < round.count; i++) held[0] = new Array<number>(1_000).fill(i);
  round.stop();
  held.length = 0;
  round.weigh("emptied");
}

it("counts what was allocated, collected or not", async () => {
  const allocated = await allocate(fill, 2_000);
  expect(allocated).toBeGreaterThan(16_000);
  expect(allocated).toBeLessThan(18_000);
});

it("weighs what waits and what is left", async () => {
  const { waiting, emptied } = await weigh(fill, 2_000);
  expect(waiting).toBeGreaterThan(8_000);
  expect(waiting).toBeLessThan(9_000);
  expect(emptied).toBeLessThan(2_000_000);
});

it("says nothing of weights that nobody asked for", async () => {
  await expect(weigh(() => undefined, 1)).resolves.toMatchObject({ waiting: undefined, emptied: undefined });
});
