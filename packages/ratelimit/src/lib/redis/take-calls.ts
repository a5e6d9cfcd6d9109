import { show } from "@disp/options";
import { keySlot, redisKey, type RedisConnection } from "@disp/redis";
import { afterThisTurn } from "@disp/turn";
import type { Asker } from "./buckets.ts";
import type { Limits } from "./limits.ts";
import { Outcome } from "./outcome.ts";
import { TAKE_SCRIPT } from "./take-script.ts";

/** A server does nothing else meanwhile: a call should take well below a millisecond. */
const MAX_RUNS = 250;

/** Equal requests for one key: they travel as one, whatever their number. */
interface Run {
  readonly key: string;
  readonly n: number;
  readonly wantsTickets: boolean;
  readonly askers: Asker[];
  /** How often `n` is asked for. Where it is not the number of askers, there is one asker. */
  count: number;
}

/** Runs that travel in one call. */
interface Load {
  readonly runs: Run[];
  /** The latest run of each key that others may join. */
  readonly open: Map<string, Run>;
}

/**
 * Asks the server for tokens: all that is asked for in one turn of the event loop travels in one call (one per slot in a
 * cluster), and requests for the same number of tokens of the same key are one number in it.
 */
export class TakeCalls {
  readonly #connection: RedisConnection;
  readonly #limits: Limits;
  readonly #keysOf: (key: string) => readonly string[];
  readonly #head: readonly (string | number)[];
  /** What names the calls of this object, with their number. */
  readonly #origin: string = crypto.randomUUID().slice(-12);
  #sent = 0;
  /** By slot; without a cluster there is one. */
  readonly #loads = new Map<number, Load>();

  constructor(connection: RedisConnection, limits: Limits, keysOf: (key: string) => readonly string[]) {
    this.#connection = connection;
    this.#limits = limits;
    this.#keysOf = keysOf;
    this.#head = [limits.tiers.length, ...limits.tiers.flatMap(({ ratePerSecond, burst }) => [ratePerSecond, burst])];
  }

  /** @param n - At most what can be had at once. */
  take(key: string, n: number, asker: Asker): void {
    const load = this.#loadOf(key);
    const run = load.open.get(key);
    if (run?.n === n) {
      run.askers.push(asker);
      run.count += 1;
      return;
    }
    const opened = { key, n, wantsTickets: false, askers: [asker], count: 1 };
    load.open.set(key, opened);
    load.runs.push(opened);
  }

  takeUpTo(key: string, n: number, count: number, asker: Asker): void {
    const load = this.#loadOf(key);
    // Who asks later comes later: nobody joins a run before this one.
    load.open.delete(key);
    load.runs.push({ key, n, wantsTickets: true, askers: [asker], count });
  }

  #loadOf(key: string): Load {
    const slot = this.#connection.isCluster ? keySlot(redisKey("", key, "")) : 0;
    const load = this.#loads.get(slot);
    if (load !== undefined && load.runs.length < MAX_RUNS) return load;
    if (load !== undefined) this.#send(load);
    else if (this.#loads.size === 0) afterThisTurn(() => this.#sendAll());
    const empty: Load = { runs: [], open: new Map() };
    this.#loads.set(slot, empty);
    return empty;
  }

  #sendAll(): void {
    const loads = [...this.#loads.values()];
    this.#loads.clear();
    for (const load of loads) this.#send(load);
  }

  #send({ runs }: Load): void {
    const keys: string[] = [];
    const args = [...this.#head];
    for (const { key, n, count, wantsTickets } of runs) {
      for (const name of this.#keysOf(key)) keys.push(name);
      args.push(n, wantsTickets ? -count : count);
    }
    this.#sent += 1;
    args.push(`${this.#origin}.${this.#sent.toString(36)}`);
    TAKE_SCRIPT.run(this.#connection, keys, args).then(
      (reply) => this.#answer(runs, reply),
      (error: unknown) => {
        for (const { askers } of runs) for (const asker of askers) asker.fail(error);
      },
    );
  }

  #answer(runs: readonly Run[], reply: readonly unknown[]): void {
    const tiers = this.#limits.tiers.length;
    let next = 0;
    for (const { key, n, count, wantsTickets, askers } of runs) {
      const granted = Number(reply[next]);
      const left = reply[next + 1];
      next += 2;
      if (granted < 0) {
        const error = new Error(`Cannot take tokens: the key of ${show(key)} must hold a bucket, got ${String(left)}`);
        for (const asker of askers) asker.fail(error);
        continue;
      }
      const readings: number[] = [];
      if (granted < count) {
        for (let tier = 0; tier < tiers; tier += 1) {
          readings.push(Number(reply[next + tier]) - this.#limits.gainUs(tier, n));
        }
        next += tiers;
      }
      let tickets: string[] | undefined;
      if (wantsTickets && granted > 0) {
        tickets = reply.slice(next, next + tiers).map(String);
        next += tiers;
      }
      const outcome = new Outcome(this.#limits, n, granted, Number(left), readings, tickets);
      for (let place = 0; place < askers.length; place += 1) askers[place]?.answer(outcome, place);
    }
  }
}
