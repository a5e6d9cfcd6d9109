import { expect, test, vi } from "vitest";

const OUTPUT = ["log", "info", "debug", "warn", "error", "table", "dir"] as const;

/** Runs one example of the documentation as a test that is named after its origin. What it prints is not shown. */
export function example(origin: string, body: () => Promise<void>): void {
  test(origin, async () => {
    for (const method of OUTPUT) vi.spyOn(console, method).mockReturnValue();
    try {
      await body();
    } finally {
      vi.restoreAllMocks();
      vi.useRealTimers();
    }
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
