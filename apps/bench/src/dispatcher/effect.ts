import type { Play } from "../case.ts";
import type { Effect, EffectModule, EffectQueue } from "./modules.ts";
import { BATCH, CONCURRENCY, ROOM, windowEnd } from "./shape.ts";
import { Tally } from "../tally.ts";
import { expectSame } from "../wrong-result.ts";

/** Fibers that take what is there and send it, until the queue ends: faster than a stream that is grouped and mapped. */
export function sendFrom(
  { Effect, Queue }: EffectModule,
  queue: EffectQueue,
  send: (items: number[]) => Effect<unknown>,
): Promise<unknown> {
  const sender = Effect.gen(function* (): Generator<unknown, void, never> {
    while (true) yield* send(yield* Queue.takeBetween(queue, 1, BATCH));
  });
  // The end of the queue is a failure, which must not interrupt the others: some may still be sending.
  const senders = Array.from({ length: CONCURRENCY }, () => Effect.exit(sender));
  return Effect.runPromise(Effect.all(senders, { concurrency: "unbounded", discard: true }));
}

/** Puts in all items: on the spot where there is room, else as soon as there is. */
export async function offerAll({ Effect, Queue }: EffectModule, queue: EffectQueue, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    if (!Queue.offerUnsafe(queue, i)) await Effect.runPromise(Queue.offer(queue, i));
  }
  await Effect.runPromise(Queue.end(queue));
}

export function tryOffer(effect: EffectModule): Play {
  const { Effect, Queue } = effect;
  return async (round) => {
    const tally = new Tally();
    const queue = await Effect.runPromise(Queue.bounded(ROOM));
    const send = (items: number[]) =>
      Effect.promise(() => {
        tally.takeBatch(items, round.isThorough);
        return Promise.resolve();
      });
    round.start();
    const sent = sendFrom(effect, queue, send);
    await offerAll(effect, queue, round.count);
    await sent;
    round.stop();
    tally.finish(round.count);
  };
}

/** No promise for each item, but an effect that waits for room. */
export function offer(effect: EffectModule): Play {
  const { Effect, Queue } = effect;
  return async (round) => {
    const tally = new Tally();
    const queue = await Effect.runPromise(Queue.bounded(ROOM));
    const send = (items: number[]) =>
      Effect.promise(() => {
        tally.takeBatch(items, round.isThorough);
        return Promise.resolve();
      });
    const push = Effect.gen(function* (): Generator<unknown, void, never> {
      for (let i = 0; i < round.count; i++) yield* Queue.offer(queue, i);
      yield* Queue.end(queue);
    });
    round.start();
    const sent = sendFrom(effect, queue, send);
    await Effect.runPromise(push);
    await sent;
    round.stop();
    tally.finish(round.count);
  };
}

/** A request for each item, and no limit to the batches that are sent at once. */
export function request({ Effect, Request, RequestResolver, Exit }: EffectModule): Play {
  return async (round) => {
    const tally = new Tally();
    const resolver = RequestResolver.make<{ item: number }>((entries) =>
      Effect.promise(() => {
        tally.takeBatch(
          entries.map((entry) => entry.request.item),
          round.isThorough,
        );
        for (const entry of entries) entry.completeUnsafe(Exit.void);
        return Promise.resolve();
      }),
    );
    const inBatches = RequestResolver.batchN(resolver, BATCH);
    let settled = 0;
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = windowEnd(i, round);
      const requests: { item: number }[] = [];
      while (i < end) requests.push(new Request.Class({ item: i++ }));
      const deliver = (each: { item: number }) => Effect.request(each, inBatches);
      settled += (await Effect.runPromise(Effect.forEach(requests, deliver, { concurrency: "unbounded" }))).length;
    }
    round.stop();
    tally.finish(round.count);
    expectSame("requests resolved", settled, round.count);
  };
}
