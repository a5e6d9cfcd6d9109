import { type Contender, peer, type Play, type Round } from "../case.ts";
import { sendFrom } from "../dispatcher/effect.ts";
import type {
  AsyncModule,
  BottleneckModule,
  EffectModule,
  PacerModule,
  RxModule,
  TraceModule,
} from "../dispatcher/modules.ts";
import { BATCH, batchesOf, CONCURRENCY } from "../dispatcher/shape.ts";
import { Spans } from "../dispatcher/spans.ts";
import { Milestone } from "../milestone.ts";
import { Tally } from "../tally.ts";
import { expectSame } from "../wrong-result.ts";

/** The check has fewer items than the longest backlog, and so have slow peers: then all of them wait. */
export function nextEnd(done: number, waiting: number, { count }: Round): number {
  return Math.min(done + waiting, count);
}

export function weighWaiting(round: Round, waiting: number): void {
  round.stop();
  round.weigh("waiting", Math.min(waiting, round.count));
  round.start();
}

function cargoQueue(waiting: number): (module: AsyncModule) => Play {
  return (peers) => async (round) => {
    const tally = new Tally();
    let called = 0;
    const onItem = () => {
      called++;
    };
    const send = (items: number[], done: () => void) => {
      tally.takeBatch(items, round.isThorough);
      queueMicrotask(done);
    };
    const queue = peers.cargoQueue(send, CONCURRENCY, BATCH);
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = nextEnd(i, waiting, round);
      while (i < end) queue.push(i++, onItem);
      if (end === round.count) weighWaiting(round, waiting);
      await queue.drain();
    }
    round.stop();
    round.weigh("emptied");
    tally.finish(round.count);
    expectSame("callbacks", called, round.count);
  };
}

/** It knows no limit to the batches on their way: they begin as soon as they are full, and none of them waits. */
function bottleneck(waiting: number): (module: BottleneckModule) => Play {
  return ({ default: { Batcher } }) =>
    async (round) => {
      const tally = new Tally();
      const sent = new Milestone();
      const batcher = new Batcher({ maxSize: BATCH, maxTime: 10 });
      batcher.on("batch", (items) => {
        tally.takeBatch(items, round.isThorough);
        return Promise.resolve().then(sent.pass);
      });
      round.start();
      for (let i = 0; i < round.count; ) {
        const end = nextEnd(i, waiting, round);
        while (i < end) void batcher.add(i++);
        if (end === round.count) weighWaiting(round, waiting);
        await sent.reached(batchesOf(end));
      }
      round.stop();
      round.weigh("emptied");
      tally.finish(round.count);
    };
}

/** The batcher knows no limit either, so its batches wait in the queuer of the same package. */
function pacer(waiting: number): (module: PacerModule) => Play {
  return ({ AsyncBatcher, AsyncQueuer }) =>
    async (round) => {
      const tally = new Tally();
      const sent = new Milestone();
      const send = (items: number[]) => {
        tally.takeBatch(items, round.isThorough);
        return Promise.resolve().then(sent.pass);
      };
      const queuer = new AsyncQueuer(send, { concurrency: CONCURRENCY });
      const batcher = new AsyncBatcher((items) => Promise.resolve(queuer.addItem(items)), { maxSize: BATCH });
      round.start();
      for (let i = 0; i < round.count; ) {
        const end = nextEnd(i, waiting, round);
        while (i < end) void batcher.addItem(i++);
        if (end === round.count) weighWaiting(round, waiting);
        await sent.reached(batchesOf(end));
      }
      round.stop();
      round.weigh("emptied");
      tally.finish(round.count);
    };
}

function rxjs(waiting: number): (module: RxModule) => Play {
  return ({ Subject, bufferCount, mergeMap }) =>
    async (round) => {
      const tally = new Tally();
      const sent = new Milestone();
      const items = new Subject();
      const send = (batch: number[]) => {
        tally.takeBatch(batch, round.isThorough);
        return Promise.resolve();
      };
      round.start();
      items.pipe(bufferCount(BATCH)).pipe(mergeMap(send, CONCURRENCY)).subscribe({ next: sent.pass });
      for (let i = 0; i < round.count; ) {
        const end = nextEnd(i, waiting, round);
        while (i < end) items.next(i++);
        if (end === round.count) items.complete();
        if (end === round.count) weighWaiting(round, waiting);
        await sent.reached(batchesOf(end));
      }
      round.stop();
      round.weigh("emptied");
      tally.finish(round.count);
    };
}

function fibers(waiting: number): (module: EffectModule) => Play {
  return (effect) => async (round) => {
    const { Effect, Queue } = effect;
    const tally = new Tally();
    const sent = new Milestone();
    const queue = await Effect.runPromise(Queue.unbounded());
    const send = (items: number[]) =>
      Effect.promise(() => {
        tally.takeBatch(items, round.isThorough);
        return Promise.resolve().then(sent.pass);
      });
    round.start();
    const ended = sendFrom(effect, queue, send);
    for (let i = 0; i < round.count; ) {
      const end = nextEnd(i, waiting, round);
      while (i < end) Queue.offerUnsafe(queue, i++);
      if (end === round.count) weighWaiting(round, waiting);
      await sent.reached(batchesOf(end));
    }
    await Effect.runPromise(Queue.end(queue));
    await ended;
    round.stop();
    round.weigh("emptied");
    tally.finish(round.count);
  };
}

/** The spans are there before, so they are no part of what waits. */
function spanProcessor(waiting: number): (module: TraceModule) => Play {
  return ({ BatchSpanProcessor }) =>
    async (round) => {
      const tally = new Tally();
      const spans = new Spans(Math.min(waiting, round.count), tally);
      const processor = new BatchSpanProcessor(spans, { maxExportBatchSize: BATCH, maxQueueSize: Infinity });
      round.start();
      for (let i = 0; i < round.count; ) {
        const end = nextEnd(i, waiting, round);
        while (i < end) processor.onEnd(spans.ended(i++));
        if (end === round.count) weighWaiting(round, waiting);
        await processor.forceFlush();
      }
      round.stop();
      round.weigh("emptied");
      await processor.shutdown();
      tally.finish(round.count);
    };
}

/**
 * Slow peers get a part of the items, which may be less than the backlog: their names say so. With a million waiting the
 * span processor would move all of them for each batch, and TanStack would take seconds for a round.
 */
export function backlogPeers(waiting: number, items: number): readonly Contender[] {
  const slow = (name: string, from: string, open: (module: never) => Play, share: number) => {
    const most = Math.ceil(items * share);
    return peer(most < waiting ? `${name}, ${most.toLocaleString("en")} waiting` : name, from, open, share);
  };
  return [
    slow("rxjs, bufferCount and mergeMap", "rxjs", rxjs(waiting), 0.2),
    slow("bottleneck.Batcher", "bottleneck", bottleneck(waiting), 0.2),
    slow("async.cargoQueue", "async", cargoQueue(waiting), 0.2),
    slow("effect unbounded Queue, 4 fibers", "effect", fibers(waiting), 0.2),
    slow("OpenTelemetry BatchSpanProcessor", "@opentelemetry/sdk-trace-base", spanProcessor(waiting), 0.1),
    slow("TanStack AsyncBatcher, AsyncQueuer", "@tanstack/pacer", pacer(waiting), 0.02),
  ];
}
