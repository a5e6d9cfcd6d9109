import { increment, Ledger, Table } from "./table.ts";
import { builtIn, type Contender, peer, type Play } from "../case.ts";

interface PLimitModule {
  readonly default: (concurrency: number) => <R>(task: () => Promise<R>) => Promise<R>;
}

interface PQueueModule {
  readonly default: new (options: { concurrency: number }) => { add<R>(task: () => Promise<R>): Promise<R> };
}

/** What the contenders of a case have to do. */
export interface Shape {
  readonly keys: readonly string[];
  /** Operations in a timed round. */
  readonly count: number;
  /** Operations that are called for in one go. */
  readonly window: number;
}

/** What is done to a key, when nobody else does anything to it. */
async function update(table: Table, key: string): Promise<number> {
  const counter = await table.loadLater(key);
  const result = increment(counter);
  await table.saveLater(key, counter);
  return result;
}

/** The lock that everybody writes: an operation begins when the one before it is over. */
function chain({ keys: all, window }: Shape): Play {
  return async (round) => {
    const keys = all.slice(0, round.count);
    const table = new Table();
    const ledger = new Ledger(round, keys);
    const tails = new Map<string, Promise<number>>();
    const run = (key: string) => {
      const begin = () => update(table, key);
      const promise = (tails.get(key) ?? Promise.resolve(0)).then(begin);
      tails.set(key, promise);
      return promise;
    };
    round.start();
    for (let i = 0; i < round.count; ) {
      const end = Math.min(round.count, i + window);
      for (; i < end; i++) {
        const promise = run(keys[i % keys.length] as string);
        if (round.isThorough) ledger.watch(i, promise);
        void promise.then(ledger.hear);
      }
      await ledger.reached(end);
    }
    round.stop();
    ledger.finish(table, round.count);
  };
}

function pLimit({ keys: all, window }: Shape): (module: PLimitModule) => Play {
  return ({ default: makeLimit }) =>
    async (round) => {
      const keys = all.slice(0, round.count);
      const table = new Table();
      const ledger = new Ledger(round, keys);
      const limits = new Map<string, ReturnType<typeof makeLimit>>();
      const run = (key: string) => {
        let limit = limits.get(key);
        if (limit === undefined) limits.set(key, (limit = makeLimit(1)));
        return limit(() => update(table, key));
      };
      round.start();
      for (let i = 0; i < round.count; ) {
        const end = Math.min(round.count, i + window);
        for (; i < end; i++) {
          const promise = run(keys[i % keys.length] as string);
          if (round.isThorough) ledger.watch(i, promise);
          void promise.then(ledger.hear);
        }
        await ledger.reached(end);
      }
      round.stop();
      ledger.finish(table, round.count);
    };
}

function pQueue({ keys: all, window }: Shape): (module: PQueueModule) => Play {
  return ({ default: PQueue }) =>
    async (round) => {
      const keys = all.slice(0, round.count);
      const table = new Table();
      const ledger = new Ledger(round, keys);
      const queues = new Map<string, InstanceType<typeof PQueue>>();
      const run = (key: string) => {
        let queue = queues.get(key);
        if (queue === undefined) queues.set(key, (queue = new PQueue({ concurrency: 1 })));
        return queue.add(() => update(table, key));
      };
      round.start();
      for (let i = 0; i < round.count; ) {
        const end = Math.min(round.count, i + window);
        for (; i < end; i++) {
          const promise = run(keys[i % keys.length] as string);
          if (round.isThorough) ledger.watch(i, promise);
          void promise.then(ledger.hear);
        }
        await ledger.reached(end);
      }
      round.stop();
      ledger.finish(table, round.count);
    };
}

/**
 * Nobody else has batches of updates. People let one operation of a key run after the other, each with its own load and
 * save, and without an end: what is in the map stays there. Where there are more keys than they get operations, they have
 * the first of them only, and their names say so: fewer that wait are less to look after. (A `dataloader` puts loads
 * together, but knows of no update that has to wait for another.)
 */
export function batchPeers(shape: Shape, operations: number): readonly Contender[] {
  const nameOf = (name: string, part: number) => {
    const most = operations / part;
    return most < shape.keys.length ? `${name}, ${most.toLocaleString("en")} keys` : name;
  };
  const share = (part: number) => operations / part / shape.count;
  return [
    builtIn(nameOf("a chain of promises per key", 4), chain(shape), share(4)),
    peer(nameOf("p-limit per key", 8), "p-limit", pLimit(shape), share(8)),
    peer(nameOf("p-queue per key", 8), "p-queue", pQueue(shape), share(8)),
  ];
}
