import { blockNewItems, Dispatcher } from "@disp/core";
import { type Case, floor, ours, peer, type Play, type Round } from "../case.ts";
import { offerAll } from "./effect.ts";
import type { EffectModule, PacerModule, SizedBatch } from "./modules.ts";
import { CONCURRENCY, drain, ROOM, windowEnd } from "./shape.ts";
import { SizedBatcher } from "../floors/sized-batcher.ts";
import { Tally } from "../tally.ts";
import { expectSame, WrongResultError } from "../wrong-result.ts";

const LARGEST = 7;
/** Some hundred items fit into a batch, so that it compares with batches of a hundred. */
const MAX_SIZE = 400;

/** 1, 2, ... 7, 1, 2, ... */
function sizeOf(item: number): number {
  return 1 + (item % LARGEST);
}

/** The size of all items before this one. */
function sizeBefore(item: number): number {
  const rest = item % LARGEST;
  return ((item - rest) / LARGEST) * ((LARGEST * (LARGEST + 1)) / 2) + (rest * (rest + 1)) / 2;
}

/** Sees that no batch is too large, and none cut before it had to be. */
class Cuts {
  readonly #round: Round;
  readonly #tally = new Tally();
  readonly #looksAhead: boolean;
  #size = MAX_SIZE;
  #fault: string | undefined;

  /** @param looksAhead - Whether a batch is cut when the next item does not fit, and not as soon as one might not. */
  constructor(round: Round, looksAhead: boolean) {
    this.#round = round;
    this.#looksAhead = looksAhead;
  }

  take(items: readonly number[]): void {
    const first = items[0] ?? 0;
    const next = this.#looksAhead ? sizeOf(first) : LARGEST;
    if (this.#size + next <= MAX_SIZE)
      this.#fault ??= `the batch before item ${first} has a size of ${this.#size} only`;
    this.#size = sizeBefore(first + items.length) - sizeBefore(first);
    if (this.#size > MAX_SIZE) this.#fault ??= `the batch with item ${first} has a size of ${this.#size}`;
    this.#tally.takeBatch(items, this.#round.isThorough);
  }

  /** @throws WrongResultError */
  finish(): void {
    this.#tally.finish(this.#round.count);
    if (this.#fault !== undefined) throw new WrongResultError(this.#fault);
  }
}

const byHand: Play = async (round) => {
  const cuts = new Cuts(round, true);
  const batcher = new SizedBatcher({
    send: (items) => {
      cuts.take(items);
      return Promise.resolve();
    },
    sizeOf,
    maxSize: MAX_SIZE,
    maxConcurrency: CONCURRENCY,
    room: ROOM,
  });
  round.start();
  for (let i = 0; i < round.count; i++) while (!batcher.tryPush(i)) await batcher.changed();
  await batcher.flush();
  round.stop();
  cuts.finish();
};

const dispatcher: Play = async (round) => {
  const cuts = new Cuts(round, true);
  const dispatcher = new Dispatcher<number>({
    send: ({ items }) => {
      cuts.take(items);
      return Promise.resolve();
    },
    batch: { maxItems: Infinity, maxSize: MAX_SIZE, sizeOf },
    maxConcurrency: CONCURRENCY,
    overflow: blockNewItems({ maxItems: ROOM }),
  });
  round.start();
  for (let i = 0; i < round.count; i++) while (!dispatcher.tryPush(i)) await dispatcher.ready();
  const delivered = await drain(dispatcher);
  round.stop();
  cuts.finish();
  expectSame("delivered", delivered, round.count);
};

/** It can only cut behind an item, so it does where another might not fit. */
function asyncBatcher({ AsyncBatcher }: PacerModule): Play {
  return async (round) => {
    const cuts = new Cuts(round, false);
    let size = 0;
    const send = (items: number[]) => {
      cuts.take(items);
      return Promise.resolve();
    };
    const getShouldExecute = (items: readonly number[]) => {
      size += sizeOf(items[items.length - 1] as number);
      if (size <= MAX_SIZE - LARGEST) return false;
      size = 0;
      return true;
    };
    const batcher = new AsyncBatcher(send, { maxSize: Infinity, getShouldExecute });
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = windowEnd(i, round);
      let last: Promise<unknown> | undefined;
      while (i < end) last = batcher.addItem(i++);
      await last;
    }
    await batcher.flush();
    round.stop();
    cuts.finish();
  };
}

/** It cuts behind an item, too. */
function fold(effect: EffectModule): Play {
  const { Effect, Queue, Stream, Sink } = effect;
  return async (round) => {
    const cuts = new Cuts(round, false);
    const queue = await Effect.runPromise(Queue.bounded(ROOM));
    const batch = Sink.fold(
      () => ({ size: 0, items: [] }),
      ({ size }) => size <= MAX_SIZE - LARGEST,
      (state, item) => {
        state.items.push(item);
        state.size += sizeOf(item);
        return Effect.succeed(state);
      },
    );
    const send = ({ items }: SizedBatch) =>
      Effect.promise(() => {
        if (items.length > 0) cuts.take(items);
        return Promise.resolve();
      });
    const batches = Stream.fromQueue(queue).pipe(
      Stream.transduce(batch),
      Stream.mapEffect(send, { concurrency: CONCURRENCY, unordered: true }),
      Stream.runDrain,
    );
    round.start();
    const sent = Effect.runPromise(batches);
    await offerAll(effect, queue, round.count);
    await sent;
    round.stop();
    cuts.finish();
  };
}

export const sizes: Case = {
  name: "the same with batches limited by size, sizes of 1 to 7",
  count: 400_000,
  checkCount: 5_050,
  // This one was not set: it is the ratio of tryPush.
  goal: { ns: 20, floorNs: 8, bytes: 45 },
  contenders: [
    floor(byHand),
    ours("Dispatcher", dispatcher),
    peer("TanStack AsyncBatcher", "@tanstack/pacer", asyncBatcher, 0.05),
    peer("effect Stream, Sink.fold", "effect", fold, 0.03),
  ],
};
