import { expect, it } from "vitest";
import { coreTime, secondNumber, waitedMs } from "./clock.ts";

it("goes on while there is a core, and never back", () => {
  const startedAt = coreTime();
  let before = startedAt;
  while (before < startedAt + 5) {
    const now = coreTime();
    expect(now).toBeGreaterThanOrEqual(before);
    before = now;
  }
});

it("is never ahead of time", () => {
  const [real, core] = [performance.now(), coreTime()];
  while (coreTime() < core + 3);
  expect(performance.now() - real).toBeGreaterThanOrEqual(3);
});

it("has waited for a number of milliseconds", () => {
  expect(waitedMs()).toBeGreaterThanOrEqual(0);
});

it("reads the second of some numbers", () => {
  expect(secondNumber(Buffer.from("12 3456 7\n"))).toBe(3456);
  expect(secondNumber(Buffer.from("1 0 0\n"))).toBe(0);
});
