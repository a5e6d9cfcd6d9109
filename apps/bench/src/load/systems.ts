import { setImmediate as nextTurn } from "node:timers/promises";
import { Dispatcher, type DispatcherOptions } from "@disp/core";
import { BATCH, type Send, SERVERS, type System } from "./generator.ts";
import type { Participant } from "./rows.ts";

type SetUp = (send: Send) => System;

export type LoadParticipant = Participant<SetUp>;

/** For those who never refuse. */
const ALWAYS = (): Promise<void> => Promise.resolve();

const AGE_MS = 10;

/** A list, and a few senders that take from it what is there. */
export const byHand: LoadParticipant = {
  name: "by hand",
  kind: "floor",
  open: () => (send) => {
    const waiting: number[] = [];
    let idle = SERVERS;
    let isScheduled = false;
    const pump = () => {
      isScheduled = false;
      for (; idle > 0 && waiting.length > 0; idle--) void send(waiting.splice(0, BATCH)).then(onSent);
    };
    const onSent = () => {
      idle++;
      pump();
    };
    return {
      push(item) {
        waiting.push(item);
        if (idle > 0 && !isScheduled) {
          isScheduled = true;
          queueMicrotask(pump);
        }
        return true;
      },
      ready: ALWAYS,
      end: () => until(() => waiting.length === 0),
    };
  },
};

export function ours(name: string, options: Omit<DispatcherOptions<number>, "send">): LoadParticipant {
  return {
    name,
    kind: "ours",
    open: () => (send) => {
      const dispatcher = new Dispatcher<number>({
        ...options,
        send: ({ items }) => send(items),
        maxConcurrency: SERVERS,
        batch: { maxItems: BATCH, ...options.batch },
      });
      return {
        push: (item) => dispatcher.tryPush(item),
        ready: () => dispatcher.ready(),
        size: () => dispatcher.stats().buffer.total.items,
        async end() {
          await dispatcher.drain();
        },
      };
    },
  };
}

interface AsyncModule {
  readonly cargoQueue: (
    worker: (items: number[], done: () => void) => void,
    concurrency: number,
    payload: number,
  ) => { push(item: number, done: () => void): void; length(): number; workersList(): unknown[] };
}

/** It takes what is there as soon as somebody is idle, and never refuses. */
export const cargoQueue: LoadParticipant = {
  name: "async.cargoQueue",
  kind: "peer",
  from: "async",
  open: (peers: AsyncModule) => (send) => {
    const onItem = () => undefined;
    const queue = peers.cargoQueue((items, done) => void send(items).then(done), SERVERS, BATCH);
    return {
      push(item) {
        queue.push(item, onItem);
        return true;
      },
      ready: ALWAYS,
      size: () => queue.length() + queue.workersList().length,
      end: () => until(() => queue.length() === 0),
    };
  },
};

interface Span {
  readonly item: number;
  spanContext(): { traceFlags: number };
  readonly resource: { readonly asyncAttributesPending: boolean };
}

interface OtelModule {
  readonly BatchSpanProcessor: new (
    exporter: {
      export(spans: readonly Span[], done: (result: { code: number }) => void): void;
      shutdown(): Promise<void>;
    },
    options: { maxExportBatchSize: number; maxQueueSize: number; scheduledDelayMillis: number },
  ) => { onEnd(span: Span): void; forceFlush(): Promise<void> };
}

const SAMPLED = { traceFlags: 1 };
const RESOURCE = { asyncAttributesPending: false };

class ItemSpan implements Span {
  readonly item: number;
  readonly resource = RESOURCE;

  constructor(item: number) {
    this.item = item;
  }

  spanContext(): { traceFlags: number } {
    return SAMPLED;
  }
}

/**
 * It exports one batch at a time, so its batches are as large as those of all servers together, and its exporter splits
 * them. What finds its queue full is dropped, and nobody is told.
 */
export function otel(room: number): LoadParticipant {
  return {
    name: "OTel BatchSpanProcessor",
    kind: "peer",
    from: "@opentelemetry/sdk-trace-base",
    open:
      ({ BatchSpanProcessor }: OtelModule) =>
      (send) => {
        const exporter = {
          export(spans: readonly Span[], done: (result: { code: number }) => void) {
            const sends: Promise<void>[] = [];
            for (let i = 0; i < spans.length; i += BATCH)
              sends.push(send(spans.slice(i, i + BATCH).map(({ item }) => item)));
            void Promise.all(sends).then(() => done({ code: 0 }));
          },
          shutdown: ALWAYS,
        };
        const processor = new BatchSpanProcessor(exporter, {
          maxExportBatchSize: SERVERS * BATCH,
          maxQueueSize: room,
          scheduledDelayMillis: AGE_MS,
        });
        return {
          push(item) {
            processor.onEnd(new ItemSpan(item));
            return true;
          },
          ready: ALWAYS,
          end: () => processor.forceFlush(),
        };
      },
  };
}

interface PacerModule {
  readonly AsyncBatcher: new (
    run: (items: number[]) => Promise<void>,
    options: { maxSize: number; wait: number },
  ) => { addItem(item: number): Promise<unknown>; flush(): Promise<unknown> };
}

/** It starts each batch at once, however many are under way: those for whom the sink has no server stand in line there. */
export const pacer: LoadParticipant = {
  name: "TanStack AsyncBatcher",
  kind: "peer",
  from: "@tanstack/pacer",
  open:
    ({ AsyncBatcher }: PacerModule) =>
    (send) => {
      const batcher = new AsyncBatcher((items) => send(items), { maxSize: BATCH, wait: AGE_MS });
      return {
        push(item) {
          void batcher.addItem(item);
          return true;
        },
        ready: ALWAYS,
        async end() {
          await batcher.flush();
        },
      };
    },
};

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await nextTurn();
}
