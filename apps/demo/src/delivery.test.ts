import { RateLimiter } from "@disp/core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createDelivery } from "./delivery.ts";
import type { EventRow } from "./events.ts";

const AWAY_MS = 12_000;
const row: EventRow = { id: "a", receivedAt: "", type: null, occurredAt: null, payload: "{}", bytes: 2 };

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

it("outlasts a database that needs long to start again, with delays that chance made short", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0.3);
  const stored: string[] = [];
  const backAt = Date.now() + AWAY_MS;
  const delivery = createDelivery({
    insert: (rows) => {
      if (Date.now() < backAt) return Promise.reject(new Error("connect ECONNREFUSED"));
      stored.push(...rows.map(({ id }) => id));
      return Promise.resolve({ count: rows.length, airports: [] });
    },
    concurrency: 1,
    overflow: "block",
    rateLimit: new RateLimiter({ ratePerSecond: Infinity }),
  });
  const delivered = expect(delivery.deliver(row)).resolves.toBeUndefined();
  await vi.runAllTimersAsync();
  await delivered;
  expect(stored).toEqual(["a"]);
});
