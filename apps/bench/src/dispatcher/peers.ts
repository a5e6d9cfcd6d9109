import { Writable } from "node:stream";
import { builtIn, type Contender, peer, type Play } from "../case.ts";
import { offer, request, tryOffer } from "./effect.ts";
import type { AsyncModule, BottleneckModule, DataLoaderModule, PacerModule, RxModule, TraceModule } from "./modules.ts";
import { BATCH, batchesOf, CONCURRENCY, ROOM, windowEnd } from "./shape.ts";
import { Spans } from "./spans.ts";
import { Milestone } from "../milestone.ts";
import { Tally } from "../tally.ts";
import { expectSame } from "../wrong-result.ts";

/** A callback for each item. */
function cargoQueue({ cargoQueue: makeQueue }: AsyncModule): Play {
  return async (round) => {
    const tally = new Tally();
    let called = 0;
    const onItem = () => {
      called++;
    };
    const send = (items: number[], done: () => void) => {
      tally.takeBatch(items, round.isThorough);
      queueMicrotask(done);
    };
    const queue = makeQueue(send, CONCURRENCY, BATCH);
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = windowEnd(i, round);
      while (i < end) queue.push(i++, onItem);
      await queue.drain();
    }
    round.stop();
    tally.finish(round.count);
    expectSame("callbacks", called, round.count);
  };
}

/** It makes batches, and lets any number of them be sent at once. */
function bottleneck({ default: { Batcher } }: BottleneckModule): Play {
  return async (round) => {
    const tally = new Tally();
    const sent = new Milestone();
    // The time only matters to the last batch of the check: all others are full.
    const batcher = new Batcher({ maxSize: BATCH, maxTime: 10 });
    batcher.on("batch", (items) => {
      tally.takeBatch(items, round.isThorough);
      return Promise.resolve().then(sent.pass);
    });
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = windowEnd(i, round);
      while (i < end) void batcher.add(i++);
      await sent.reached(batchesOf(end));
    }
    round.stop();
    tally.finish(round.count);
  };
}

/** Any number of batches at once, too. Without `wait` it sets no timer, and without `key` it tells no developer tools. */
function asyncBatcher({ AsyncBatcher }: PacerModule): Play {
  return async (round) => {
    const tally = new Tally();
    const send = (items: number[]) => {
      tally.takeBatch(items, round.isThorough);
      return Promise.resolve();
    };
    const batcher = new AsyncBatcher(send, { maxSize: BATCH });
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = windowEnd(i, round);
      let last: Promise<unknown> | undefined;
      while (i < end) last = batcher.addItem(i++);
      // That of the item that fills the batch resolves when the batch was sent.
      await last;
    }
    await batcher.flush();
    round.stop();
    tally.finish(round.count);
  };
}

function rxjs({ Subject, bufferCount, mergeMap }: RxModule): Play {
  return async (round) => {
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
      const end = windowEnd(i, round);
      while (i < end) items.next(i++);
      if (end === round.count) items.complete();
      await sent.reached(batchesOf(end));
    }
    round.stop();
    tally.finish(round.count);
  };
}

/** One export at a time. It drops what is above `maxQueueSize`, so it gets no more than that. */
function spanProcessor({ BatchSpanProcessor }: TraceModule): Play {
  return async (round) => {
    const tally = new Tally();
    const spans = new Spans(ROOM, tally);
    const processor = new BatchSpanProcessor(spans, { maxExportBatchSize: BATCH, maxQueueSize: ROOM });
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = windowEnd(i, round);
      while (i < end) processor.onEnd(spans.ended(i++));
      await processor.forceFlush();
    }
    round.stop();
    await processor.shutdown();
    tally.finish(round.count);
  };
}

/** One send at a time, of all that has come in the meantime. */
function makeWritable(tally: Tally): Writable {
  return new Writable({
    objectMode: true,
    highWaterMark: ROOM,
    writev(chunks, done) {
      for (const { chunk } of chunks) tally.take(chunk as number);
      queueMicrotask(done);
    },
  });
}

function drained(stream: Writable): Promise<void> {
  return new Promise((resolve) => stream.once("drain", resolve));
}

function ended(stream: Writable): Promise<void> {
  return new Promise((resolve) => stream.end(resolve));
}

const write: Play = async (round) => {
  const tally = new Tally();
  const stream = makeWritable(tally);
  round.start();
  for (let i = 0; i < round.count; i++) if (!stream.write(i)) await drained(stream);
  await ended(stream);
  round.stop();
  tally.finish(round.count);
};

const writeAndWait: Play = async (round) => {
  const tally = new Tally();
  const stream = makeWritable(tally);
  const hasRoom = Promise.resolve();
  round.start();
  for (let i = 0; i < round.count; i++) await (stream.write(i) ? hasRoom : drained(stream));
  await ended(stream);
  round.stop();
  tally.finish(round.count);
};

/** It gives its sink one item after the other; the sink puts them together. */
const writeWeb: Play = async (round) => {
  const tally = new Tally();
  let batch: number[] = [];
  const send = () => {
    tally.takeBatch(batch, round.isThorough);
    batch = [];
    return Promise.resolve();
  };
  const stream = new WritableStream<number>(
    {
      write: (item) => (batch.push(item) < BATCH ? undefined : send()),
      close: () => (batch.length > 0 ? send() : undefined),
    },
    { highWaterMark: ROOM },
  );
  const writer = stream.getWriter();
  round.start();
  for (let i = 0; i < round.count; i++) {
    await writer.ready;
    void writer.write(i);
  }
  await writer.close();
  round.stop();
  tally.finish(round.count);
};

function dataLoader({ default: DataLoader }: DataLoaderModule): Play {
  return async (round) => {
    const tally = new Tally();
    const load = (keys: readonly number[]) => {
      tally.takeBatch(keys, round.isThorough);
      return Promise.resolve(keys);
    };
    const loader = new DataLoader(load, { cache: false, maxBatchSize: BATCH });
    let settled = 0;
    const onDelivered = () => {
      settled++;
    };
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = windowEnd(i, round);
      let last: Promise<void> | undefined;
      while (i < end) last = loader.load(i++).then(onDelivered);
      await last;
    }
    round.stop();
    tally.finish(round.count);
    expectSame("promises resolved", settled, round.count);
  };
}

export const tryPushPeers: readonly Contender[] = [
  builtIn("node Writable, writev", write, 0.5),
  peer("OpenTelemetry BatchSpanProcessor", "@opentelemetry/sdk-trace-base", spanProcessor, 0.2),
  peer("rxjs, bufferCount and mergeMap", "rxjs", rxjs, 0.2),
  peer("bottleneck.Batcher", "bottleneck", bottleneck, 0.2),
  peer("async.cargoQueue", "async", cargoQueue, 0.2),
  peer("effect Queue, 4 fibers", "effect", tryOffer, 0.5),
  peer("TanStack AsyncBatcher", "@tanstack/pacer", asyncBatcher, 0.05),
];

/** Nobody else has a push that can be awaited: these wait for room, each in its own way. */
export const pushPeers: readonly Contender[] = [
  builtIn("node Writable, await drain", writeAndWait, 0.5),
  builtIn("web WritableStream, await ready", writeWeb, 0.1),
  peer("effect Queue.offer, 4 fibers", "effect", offer, 0.5),
];

export const deliverPeers: readonly Contender[] = [
  peer("dataloader, load", "dataloader", dataLoader),
  peer("effect, request", "effect", request, 0.05),
];
