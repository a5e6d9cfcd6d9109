import { Dispatcher, fixedDelay } from "@disp/core";
import { type Case, floor, ours, peer, type Play, type Round } from "../case.ts";
import { offerAll, sendFrom } from "./effect.ts";
import type { EffectModule, PacerModule, RxModule } from "./modules.ts";
import { BATCH, batchesOf, CONCURRENCY, drain, ROOM, windowEnd } from "./shape.ts";
import { Batcher } from "../floors/batcher.ts";
import { Milestone } from "../milestone.ts";
import { expectSame, WrongResultError } from "../wrong-result.ts";

/** The batch with every so manyth item fails: one of a hundred. */
const PERIOD = 100 * BATCH;

/** The other side: now and then it fails, and takes nothing then. What it has taken has to be everything, and once. */
class Shaky {
  readonly #round: Round;
  readonly #failed = new Set<number>();
  readonly #seen: Uint8Array;
  #taken = 0;
  #sum = 0;
  #twice = 0;

  constructor(round: Round) {
    this.#round = round;
    this.#seen = new Uint8Array(round.isThorough ? round.count : 0);
  }

  readonly send = (items: readonly number[]): Promise<void> => {
    const trigger = Math.ceil((items[0] as number) / PERIOD) * PERIOD;
    if (trigger <= (items[items.length - 1] as number) && !this.#failed.has(trigger)) {
      this.#failed.add(trigger);
      return Promise.reject(new Error("Try again"));
    }
    this.#take(items);
    return Promise.resolve();
  };

  /** Batches overtake each other. Each is a row of numbers, so its ends and its length tell their sum. */
  #take(items: readonly number[]): void {
    const { length } = items;
    this.#taken += length;
    this.#sum += (length * ((items[0] as number) + (items[length - 1] as number))) / 2;
    if (!this.#round.isThorough) return;
    for (const item of items) {
      if (this.#seen[item] !== 0) this.#twice++;
      this.#seen[item] = 1;
    }
  }

  /** @throws WrongResultError */
  finish(): void {
    const { count, isThorough } = this.#round;
    const lost = isThorough ? this.#seen.filter((times) => times === 0).length : 0;
    if (lost + this.#twice > 0) throw new WrongResultError(`${lost} items are lost, ${this.#twice} came twice`);
    expectSame("sends that failed", this.#failed.size, Math.ceil(count / PERIOD));
    expectSame("items taken", this.#taken, count);
    expectSame("their sum", this.#sum, (count * (count - 1)) / 2);
  }
}

const byHand: Play = async (round) => {
  const shaky = new Shaky(round);
  const send = (items: readonly number[]): Promise<void> => shaky.send(items).then(undefined, () => send(items));
  const batcher = new Batcher({ send, maxItems: BATCH, maxConcurrency: CONCURRENCY, room: ROOM });
  round.start();
  for (let i = 0; i < round.count; i++) while (!batcher.tryPush(i)) await batcher.changed();
  await batcher.flush();
  round.stop();
  shaky.finish();
};

const dispatcher: Play = async (round) => {
  const shaky = new Shaky(round);
  const dispatcher = new Dispatcher<number>({
    send: ({ items }) => shaky.send(items),
    batch: { maxItems: BATCH },
    maxConcurrency: CONCURRENCY,
    // No delay: none of it should be a wait.
    retry: fixedDelay({ delayMs: 0 }),
  });
  round.start();
  for (let i = 0; i < round.count; i++) while (!dispatcher.tryPush(i)) await dispatcher.ready();
  const delivered = await drain(dispatcher);
  round.stop();
  shaky.finish();
  expectSame("delivered", delivered, round.count);
  expectSame("retries", dispatcher.stats().retries, Math.ceil(round.count / PERIOD));
};

function rxjs({ Subject, bufferCount, mergeMap, defer, retry }: RxModule): Play {
  return async (round) => {
    const shaky = new Shaky(round);
    const sent = new Milestone();
    const items = new Subject();
    const send = (batch: number[]) => defer(() => shaky.send(batch)).pipe(retry(1));
    round.start();
    items.pipe(bufferCount(BATCH)).pipe(mergeMap(send, CONCURRENCY)).subscribe({ next: sent.pass });
    for (let i = 0; i < round.count; ) {
      const end = windowEnd(i, round);
      while (i < end) items.next(i++);
      if (end === round.count) items.complete();
      await sent.reached(batchesOf(end));
    }
    round.stop();
    shaky.finish();
  };
}

/** Any number of batches at once. */
function asyncBatcher({ AsyncBatcher }: PacerModule): Play {
  return async (round) => {
    const shaky = new Shaky(round);
    const sent = new Milestone();
    const send = (items: number[]) => shaky.send(items).then(sent.pass);
    const asyncRetryerOptions = { maxAttempts: 2, baseWait: 0 };
    const batcher = new AsyncBatcher(send, { maxSize: BATCH, asyncRetryerOptions });
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = windowEnd(i, round);
      while (i < end) void batcher.addItem(i++);
      if (end === round.count) void batcher.flush();
      await sent.reached(batchesOf(end));
    }
    round.stop();
    shaky.finish();
  };
}

function fibers(effect: EffectModule): Play {
  const { Effect, Queue } = effect;
  return async (round) => {
    const shaky = new Shaky(round);
    const queue = await Effect.runPromise(Queue.bounded(ROOM));
    const send = (items: number[]) =>
      Effect.retry(
        Effect.tryPromise(() => shaky.send(items)),
        { times: 1 },
      );
    round.start();
    const sent = sendFrom(effect, queue, send);
    await offerAll(effect, queue, round.count);
    await sent;
    round.stop();
    shaky.finish();
  };
}

export const retries: Case = {
  name: "the same with retries: 1 % of the sends fail once",
  count: 500_000,
  checkCount: 25_050,
  // This one was not set: it is the ratio of tryPush.
  goal: { ns: 20, floorNs: 8, bytes: 45 },
  contenders: [
    floor(byHand),
    ours("Dispatcher", dispatcher),
    peer("rxjs, retry", "rxjs", rxjs, 0.2),
    peer("effect Queue, 4 fibers, retry", "effect", fibers, 0.3),
    peer("TanStack AsyncBatcher, maxAttempts", "@tanstack/pacer", asyncBatcher, 0.05),
  ],
};
