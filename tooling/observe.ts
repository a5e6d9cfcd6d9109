import { vi } from "vitest";

/** Lets everything happen that needs no time. */
export const turn = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

/** A promise as seen from outside. */
export interface Followed<T = unknown> {
  state: "pending" | "resolved" | "rejected";
  value?: T;
  error?: unknown;
}

/** Follows a promise without leaving its rejection unhandled. */
export function follow<T>(promise: Promise<T>): Followed<T> {
  const followed: Followed<T> = { state: "pending" };
  promise.then(
    (value) => Object.assign(followed, { state: "resolved", value }),
    (error: unknown) => Object.assign(followed, { state: "rejected", error }),
  );
  return followed;
}

const EVENTS = ["uncaughtException", "unhandledRejection"] as const;

/** Collects what would end the process, until `stop` hands it over. Stop it under real timers. */
export function listenForUncaught(): { stop(): Promise<unknown[]> } {
  const caught: unknown[] = [];
  const hear = (error: unknown): void => void caught.push(error);
  // The runner listens too, and would fail the run for an error that the test is about.
  const others = EVENTS.map((event) => ({ event, listeners: process.rawListeners(event) }));
  for (const event of EVENTS) process.removeAllListeners(event).on(event, hear);
  return {
    async stop() {
      await new Promise((resolve) => setImmediate(resolve));
      for (const { event, listeners } of others) {
        process.off(event, hear);
        for (const listener of listeners) process.on(event, listener as (...args: unknown[]) => void);
      }
      return caught;
    },
  };
}
