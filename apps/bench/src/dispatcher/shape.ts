import { Dispatcher } from "@disp/core";
import type { Round } from "../case.ts";
import { Batcher } from "../floors/batcher.ts";
import type { Tally } from "../tally.ts";

/** What everybody is told, as far as they can be. */
export const BATCH = 100;
export const CONCURRENCY = 4;
/** How many items may be inside. Who knows no such limit gets as many at a time, and is then waited for. */
export const ROOM = 1_000;

export function makeFloor(round: Round, tally: Tally): Batcher {
  const { isThorough } = round;
  return new Batcher({
    send: (items) => {
      tally.takeBatch(items, isThorough);
      return Promise.resolve();
    },
    maxItems: BATCH,
    maxConcurrency: CONCURRENCY,
    room: ROOM,
  });
}

export function makeOurs(round: Round, tally: Tally): Dispatcher<number> {
  const { isThorough } = round;
  return new Dispatcher<number>({
    send: ({ items }) => {
      tally.takeBatch(items, isThorough);
      return Promise.resolve();
    },
    batch: { maxItems: BATCH },
    maxConcurrency: CONCURRENCY,
  });
}

export async function drain(dispatcher: Dispatcher<number>): Promise<number> {
  return (await dispatcher.drain()).delivered;
}

/** How many batches so many items make, the last one perhaps not full. */
export function batchesOf(items: number): number {
  return Math.ceil(items / BATCH);
}

/** The end of the window that begins at `done`. */
export function windowEnd(done: number, { count }: Round): number {
  return Math.min(count, done + ROOM);
}
