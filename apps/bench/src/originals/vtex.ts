import { BackgroundProcessor } from "@disp/core";
import { RedisDedupStore } from "@disp/core/redis";
import { type Case, type Contender, floor, ours, peer } from "../case.ts";
import { Holds } from "../floors/chores.ts";
import { type Job, ORIGINALS, type Originals, playOriginal } from "../go-program.ts";
import { connect, connectFor, disconnect, freshName, inFlight, overRedis, timeoutMs, TTL_MS } from "../redis/stage.ts";
import { expectSame, WrongResultError } from "../wrong-result.ts";

const WIDTH = 512;
const VTEX = "vtex/go-io, 64 goroutines";
const HOLD = { holdMs: TTL_MS };

function vtex(job: Job["job"], share: number): Contender {
  return peer(
    VTEX,
    ORIGINALS,
    (originals: Originals) =>
      overRedis(
        (url) => url,
        () => undefined,
        // More goroutines made it slower. Each has a connection.
        (redisUrl, round) => playOriginal(originals, { job, redisUrl, name: freshName(), inFlight: 64 }, round),
      ),
    share,
  );
}

/** Keeps the first job from ending, so that all others wait. */
class Gate {
  open: () => void = () => undefined;
  readonly opened: Promise<void> = new Promise((resolve) => (this.open = resolve));
}

/** Counts jobs that run. More than 250 keys do not travel together, so jobs may be scheduled in another order. */
class Runs {
  #begun = 0;
  readonly #times: Uint8Array;

  constructor(count: number) {
    this.#times = new Uint8Array(count);
  }

  /** @returns whether it is the first of all. */
  begin(item: number): boolean {
    this.#times[item] = (this.#times[item] ?? 0) + 1;
    return this.#begun++ === 0;
  }

  /** @throws WrongResultError unless each ran exactly once. */
  finish(): void {
    const wrong = this.#times.findIndex((times) => times !== 1);
    if (wrong !== -1) throw new WrongResultError(`job ${wrong} ran ${this.#times[wrong]} times`);
  }
}

// Jobs run when all are scheduled, outside of what is timed: vtex's take two calls each, one after the other.

const schedule: Case = {
  name: "vtex's job: schedule distinct keys, over Redis",
  count: 10_000,
  checkCount: 1_000,
  goal: { ns: 3_000, floorNs: 5_400, ahead: { of: VTEX, times: 5 } },
  hasThreads: true,
  contenders: [
    floor(
      overRedis(connectFor(WIDTH), disconnect, async (client, round) => {
        const name = freshName();
        let taken = 0;
        const take = async (item: number): Promise<void> => {
          if ((await client.set(`${name}:${item}`, "me", "PX", TTL_MS, "NX")) === "OK") taken++;
        };
        round.start();
        await inFlight(round.count, WIDTH, take);
        round.stop();
        await take(0);
        expectSame("taken, with one twice", taken, round.count);
      }),
    ),
    ours(
      "BackgroundProcessor over a RedisDedupStore, 512 in flight",
      overRedis(connect, disconnect, async (client, round) => {
        const dedup = new RedisDedupStore({ client, namespace: freshName(), timeoutMs });
        const gate = new Gate();
        const runs = new Runs(round.count);
        const processor = new BackgroundProcessor<number>({
          dedup,
          process: (item) => (runs.begin(item) ? gate.opened : undefined),
        });
        let scheduled = 0;
        const scheduleOne = async (item: number): Promise<void> => {
          if ((await processor.schedule(`key:${item}`, item, HOLD)).scheduled) scheduled++;
        };
        round.start();
        await inFlight(round.count, WIDTH, scheduleOne);
        round.stop();
        await scheduleOne(1);
        gate.open();
        await processor.stop({ drain: true });
        expectSame("scheduled, with one twice", scheduled, round.count);
        runs.finish();
      }),
    ),
    vtex("vtex", 0.1),
  ],
};

const duplicates: Case = {
  name: "vtex's job: schedule duplicates of a job that waits here",
  count: 100_000,
  checkCount: 5_000,
  goal: { ns: 500, floorNs: 66, ahead: { of: VTEX, times: 5 } },
  hasThreads: true,
  contenders: [
    floor(async (round) => {
      const holds = new Holds();
      void holds.take("waits", TTL_MS);
      let refused = 0;
      round.start();
      for (let i = 0; i < round.count; i++) if (!(await holds.take("waits", TTL_MS)).scheduled) refused++;
      round.stop();
      expectSame("refused", refused, round.count);
    }),
    ours(
      "BackgroundProcessor over a RedisDedupStore, one in flight",
      overRedis(connect, disconnect, async (client, round) => {
        const dedup = new RedisDedupStore({ client, namespace: freshName(), timeoutMs });
        const gate = new Gate();
        const processor = new BackgroundProcessor<number>({ dedup, process: () => gate.opened });
        await processor.schedule("runs", 0);
        await processor.schedule("waits", 0);
        let queued = 0;
        round.start();
        for (let i = 0; i < round.count; i++) {
          const answer = await processor.schedule("waits", i);
          if (!answer.scheduled && answer.reason === "queued") queued++;
        }
        round.stop();
        gate.open();
        await processor.stop({ drain: true });
        expectSame("refused as queued", queued, round.count);
      }),
    ),
    vtex("vtex-duplicates", 0.02),
  ],
};

export const vtexCases: readonly Case[] = [schedule, duplicates];
