import { Dispatcher, RateLimiter } from "@disp/core";
import { expect, it } from "vitest";

it("keeps the rate after a stall of the event loop", async () => {
  const at: number[] = [];
  const dispatcher = new Dispatcher<number>({
    batch: { maxItems: 1 },
    rateLimit: RateLimiter.every(20),
    send: () => void at.push(performance.now()),
  });
  for (const item of [1, 2, 3]) dispatcher.tryPush(item);
  await new Promise((resolve) => setTimeout(resolve, 5));
  const until = performance.now() + 60;
  while (performance.now() < until);
  await dispatcher.drain();
  const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThan(17);
});
