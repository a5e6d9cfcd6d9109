import { WorkerPool } from "@disp/worker-pool";
import { type Case, floor, ours } from "../case.ts";
import { Crew } from "../floors/crew.ts";
import { original } from "../go-program.ts";
import { Tally } from "../tally.ts";
import { expectSame } from "../wrong-result.ts";

const WORKERS = 10;
const BEST = "gadget v2, as many at a time as workers";

/** The tasks of a round are told here when they run. Contenders take turns, so there is one at a time. */
let begun = new Tally();

/** They stay: to make them is no part of the job. */
const TASKS: (() => Promise<number>)[] = [];

function prepare(count: number): void {
  begun = new Tally();
  for (let item = TASKS.length; item < count; item++) TASKS.push(() => work(item));
}

function work(item: number): Promise<number> {
  begun.take(item);
  return Promise.resolve(item);
}

// Of gadget's tasks each has to run once, in any order: of what has to wait for a worker, the last runs first. That is
// where it is slowest, and where it fails now and then: it prints tasks that wait while a worker writes to them, which
// may end its process. So it is also asked never to have more tasks than workers, its best. Its newer version logs to
// nowhere; the older has no other way than to make its messages.

const dispatch: Case = {
  name: "gadget's job: tasks that do nothing, 10 workers, until all are done",
  count: 100_000,
  checkCount: 5_000,
  goal: { ns: 170, floorNs: 85, ahead: { of: BEST, times: 3 } },
  hasThreads: true,
  contenders: [
    floor(async (round) => {
      prepare(round.count);
      const crew = new Crew(WORKERS);
      round.start();
      for (let i = 0; i < round.count; i++) crew.dispatch(TASKS[i] as () => Promise<number>);
      await crew.idle();
      round.stop();
      begun.finish(round.count);
    }),
    ours("WorkerPool, dispatch", async (round) => {
      prepare(round.count);
      const pool = new WorkerPool({ maxWorkers: WORKERS });
      let accepted = 0;
      pool.run();
      round.start();
      for (let i = 0; i < round.count; i++) if (pool.dispatch(TASKS[i] as () => Promise<number>)) accepted++;
      const { completed } = await pool.quit({ drain: true });
      round.stop();
      begun.finish(round.count);
      expectSame("accepted", accepted, round.count);
      expectSame("completed", completed, round.count);
    }),
    original(BEST, { job: "gadgetV2", inFlight: WORKERS }, 0.02),
    original("gadget v1, as many at a time as workers", { job: "gadget", inFlight: WORKERS }, 0.02),
    original("gadget v2, all at once", { job: "gadgetV2", inFlight: 100_000 }, 0.005),
  ],
};

export const gadgetCases: readonly Case[] = [dispatch];
