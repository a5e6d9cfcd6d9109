import { setTimeout as wait } from "node:timers/promises";
import { Dispatcher, fixedDelay, honorRetryAfter } from "@disp/core";
import {
  BATCH,
  type Courier,
  type Job,
  PoisonError,
  RETRIES,
  RETRY_MS,
  SENDERS,
  TIMEOUT_MS,
  waitAfter,
} from "./job.ts";
import type { Participant } from "./rows.ts";

export interface CourierParticipant extends Participant<Courier> {
  /** The part of the items that it gets: less than 1 for slow ones. */
  readonly share?: number;
}

/** A few loops, each with a batch of its own until that is through: nobody else gets its sender meanwhile. */
export const byLoops: CourierParticipant = {
  name: "by hand",
  kind: "floor",
  open: () => async (job) => {
    let next = 0;
    const loop = async () => {
      while (next < job.count) {
        const items = numbersFrom(next, Math.min(job.count, next + BATCH));
        next += items.length;
        await insist(job, items);
      }
    };
    await Promise.all(Array.from({ length: SENDERS }, loop));
  },
};

export const byDispatcher: CourierParticipant = {
  name: "Dispatcher",
  kind: "ours",
  open: () => async (job) => {
    const dispatcher = new Dispatcher<number>({
      send: ({ id, items }) => job.send(items, id),
      batch: { maxItems: BATCH },
      maxConcurrency: SENDERS,
      sendTimeoutMs: TIMEOUT_MS,
      retry: honorRetryAfter(fixedDelay({ delayMs: RETRY_MS, maxRetries: RETRIES })),
      onError({ batch, error }) {
        if (!(error instanceof PoisonError)) return undefined;
        batch.reject((item) => error.items.has(item), error);
        return { retryAfterMs: 0 };
      },
      onDrop: ({ items, reason }) => job.drop(items, reason),
    });
    for (let i = 0; i < job.count; i++) while (!dispatcher.tryPush(i)) await dispatcher.ready();
    await dispatcher.drain();
  },
};

interface AsyncModule {
  readonly cargoQueue: (
    worker: (items: number[], done: () => void) => void,
    concurrency: number,
    payload: number,
  ) => { push(item: number, done: () => void): void; drain(): Promise<void> };
}

/** It does not retry: its worker has the loop by hand. */
export const byCargoQueue: CourierParticipant = {
  name: "async.cargoQueue, retried by hand",
  kind: "peer",
  from: "async",
  open:
    ({ cargoQueue }: AsyncModule) =>
    async (job) => {
      const onItem = () => undefined;
      const queue = cargoQueue((items, done) => void insist(job, items).then(done), SENDERS, BATCH);
      for (let i = 0; i < job.count; i++) queue.push(i, onItem);
      await queue.drain();
    },
};

/** Tries again until nothing is left, or until it was tried too often. */
async function insist(job: Job, items: readonly number[]): Promise<void> {
  const [key = 0] = items;
  let left = items;
  for (let attempt = 0; left.length > 0; attempt++) {
    try {
      await inTime(job.send(left, key));
      return;
    } catch (error) {
      left = job.leftOf(left, error);
      if (attempt === RETRIES) {
        job.drop(left, "retries-exhausted");
        return;
      }
      const ms = waitAfter(error);
      if (ms > 0) await wait(ms);
    }
  }
}

/** Waits for a send no longer than everybody else does. */
export function inTime(sending: Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("it took too long")), TIMEOUT_MS);
    sending.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

function numbersFrom(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, index) => start + index);
}
