import { setImmediate as nextTurn } from "node:timers/promises";
import { type CourierParticipant, inTime } from "./couriers.ts";
import { BATCH, RETRIES, RETRY_MS, SENDERS, TIMEOUT_MS, waitAfter } from "./job.ts";

interface Observable {
  pipe(...operators: Operator[]): Observable;
}

type Operator = (source: Observable) => Observable;

interface RxModule {
  range(start: number, count: number): Observable;
  bufferCount(count: number): Operator;
  mergeMap(project: (items: readonly number[]) => Observable, concurrency: number): Operator;
  defer(make: () => Promise<void>): Observable;
  timeout(ms: number): Operator;
  retry(options: { count: number; delay: (error: unknown) => Observable }): Operator;
  timer(ms: number): Observable;
  of(value: number): Observable;
  lastValueFrom(source: Observable): Promise<unknown>;
}

/** All items wait inside, since it has no backpressure. */
export const byRx: CourierParticipant = {
  name: "rxjs, mergeMap and retry",
  kind: "peer",
  from: "rxjs",
  open: (rx: RxModule) => async (job) => {
    const sendAll = (items: readonly number[]) => {
      const [key = 0] = items;
      let left = items;
      const delay = (error: unknown) => {
        left = job.leftOf(left, error);
        const ms = waitAfter(error);
        return ms === 0 ? rx.of(0) : rx.timer(ms);
      };
      return rx.defer(() => job.send(left, key)).pipe(rx.timeout(TIMEOUT_MS), rx.retry({ count: RETRIES, delay }));
    };
    await rx.lastValueFrom(rx.range(0, job.count).pipe(rx.bufferCount(BATCH), rx.mergeMap(sendAll, SENDERS)));
  },
};

/** A batch on its way through a limiter. */
interface Parcel {
  readonly key: number;
  left: readonly number[];
}

interface Limiter {
  on(
    event: "failed",
    listener: (error: unknown, info: { retryCount: number; args: [Parcel] }) => number | undefined,
  ): void;
  queued(): number;
  schedule(run: (parcel: Parcel) => Promise<void>, parcel: Parcel): Promise<void>;
}

interface BottleneckModule {
  readonly default: {
    new (options: { maxConcurrent: number }): Limiter;
    readonly Batcher: new (options: {
      maxSize: number;
      maxTime: number;
    }) => {
      on(event: "batch", listener: (items: readonly number[]) => void): void;
      add(item: number): Promise<void>;
    };
  };
}

/**
 * It has no backpressure, so batches are handed in while few of them wait. The timeout is by hand: an answer that comes
 * after its own (`expiration`) makes it throw from a timer, where nobody can catch it.
 */
export const byBottleneck: CourierParticipant = {
  name: 'bottleneck, Batcher and "failed"',
  kind: "peer",
  from: "bottleneck",
  share: 0.25,
  open:
    ({ default: Bottleneck }: BottleneckModule) =>
    async (job) => {
      const limiter = new Bottleneck({ maxConcurrent: SENDERS });
      limiter.on("failed", (error, { retryCount, args: [parcel] }) => {
        if (retryCount === RETRIES) return undefined;
        parcel.left = job.leftOf(parcel.left, error);
        return waitAfter(error);
      });
      const sendings: Promise<void>[] = [];
      const batcher = new Bottleneck.Batcher({ maxSize: BATCH, maxTime: RETRY_MS });
      const run = ({ left, key }: Parcel) => inTime(job.send(left, key));
      batcher.on("batch", (items) => {
        const parcel: Parcel = { key: items[0] ?? 0, left: items };
        const sending = limiter.schedule(run, parcel);
        sendings.push(sending.catch(() => job.drop(parcel.left, "failed")));
      });
      let last: Promise<void> | undefined;
      for (let i = 0; i < job.count; i++) {
        last = batcher.add(i);
        while (limiter.queued() > SENDERS && !job.isOver) await nextTurn();
        if (job.isOver) return;
      }
      await last;
      await Promise.all(sendings);
    },
};

interface PacerModule {
  readonly AsyncBatcher: new (
    run: (items: readonly number[]) => Promise<void>,
    options: {
      maxSize: number;
      onError(error: Error, items: readonly number[]): void;
      asyncRetryerOptions: {
        maxAttempts: number;
        backoff: "fixed";
        baseWait(retryer: { store: { state: { lastError?: Error } } }): number;
        maxExecutionTime: number;
      };
    },
  ) => { addItem(item: number): Promise<unknown>; flush(): Promise<unknown> };
}

/** It starts each batch at once, so the producer waits while enough of them are under way. */
export const byPacer: CourierParticipant = {
  name: "TanStack AsyncBatcher with its retryer",
  kind: "peer",
  from: "@tanstack/pacer",
  open:
    ({ AsyncBatcher }: PacerModule) =>
    async (job) => {
      const left = new WeakMap<readonly number[], readonly number[]>();
      const send = async (items: readonly number[]) => {
        const rest = left.get(items) ?? items;
        try {
          await job.send(rest, items[0] ?? 0);
        } catch (error) {
          left.set(items, job.leftOf(rest, error));
          throw error;
        }
      };
      const batcher = new AsyncBatcher(send, {
        maxSize: BATCH,
        onError: (_, items) => job.drop(left.get(items) ?? items, "failed"),
        asyncRetryerOptions: {
          maxAttempts: RETRIES + 1,
          backoff: "fixed",
          baseWait: ({ store }) => waitAfter(store.state.lastError),
          maxExecutionTime: TIMEOUT_MS,
        },
      });
      const underWay = new Set<Promise<unknown>>();
      for (let i = 0; i < job.count; i++) {
        const added = batcher.addItem(i);
        if ((i + 1) % BATCH !== 0) continue;
        const sending: Promise<unknown> = added.then(() => underWay.delete(sending));
        underWay.add(sending);
        if (underWay.size === SENDERS) await Promise.race(underWay);
      }
      await batcher.flush();
      await Promise.all(underWay);
    },
};
