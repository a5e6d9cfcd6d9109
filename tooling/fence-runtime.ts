import { expect, test, vi } from "vitest";
import { hasRedis, redisUrl } from "./with-redis.ts";

const OUTPUT = ["log", "info", "debug", "warn", "error", "table", "dir"] as const;

/** Runs one example of the documentation as a test that is named after its origin. What it prints is not shown. */
export function example(origin: string, body: () => Promise<void>): void {
  test(origin, () => run(body));
}

/** The same for one that finds a server at `process.env["REDIS_URL"]`; skipped where there is none, and never in CI. */
export function exampleWithRedis(origin: string, body: () => Promise<void>): void {
  test.skipIf(!hasRedis)(origin, async () => {
    vi.stubEnv("REDIS_URL", redisUrl);
    await run(body);
  });
}

/** The line `actual; // => expected` where nothing can be awaited. */
export const showsNow: (actual: unknown, expected: unknown) => void = vi.defineHelper((actual, expected) => {
  expect(actual).toEqual(expected);
});

/** The line `actual; // => expected`: deeply equal, and awaited first if it is a promise. */
export const shows: (actual: unknown, expected: unknown) => Promise<void> = vi.defineHelper(
  async (actual, expected) => {
    expect(await actual).toEqual(expected);
  },
);

async function run(body: () => Promise<void>): Promise<void> {
  for (const method of OUTPUT) vi.spyOn(console, method).mockReturnValue();
  try {
    await body();
  } finally {
    vi.restoreAllMocks();
    vi.useRealTimers();
    vi.unstubAllEnvs();
  }
}
