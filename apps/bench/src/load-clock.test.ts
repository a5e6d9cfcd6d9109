import { expect, it } from "vitest";
import { coreTime, waitedMs } from "./load-clock.ts";

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
