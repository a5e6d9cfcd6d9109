import { RetryAfterError } from "@disp/core";
import { seededRandom } from "./arrivals.ts";
import { byBottleneck, byPacer, byRx } from "./courier-peers.ts";
import { byCargoQueue, byDispatcher, byLoops, type CourierParticipant } from "./couriers.ts";
import { BATCH, type Fault, Job, PoisonError, SENDERS, SERVICE_MS, TIMEOUT_MS } from "./job.ts";
import { rowOf } from "./rows.ts";
import type { Answer } from "./sink.ts";
import type { Row, Study } from "../study.ts";
import { expectSame } from "../wrong-result.ts";

const RETRY_AFTER_MS = 20;
const UNDISTURBED = "none";
const SLOW_SENDS = 40;
const SLOW_MS = 10;

/** One send of `every` is answered by a 429. */
const RUN = { count: 100_000, every: 100, runs: 2 };
const SMOKE = { count: 3_000, every: 10, runs: 1 };

const COLUMNS = ["fault", "items/s", "of undisturbed", "delivered", "dropped, and said so", "lost", "twice"];

/** The one that may throw from a timer comes last. */
const PARTICIPANTS: readonly CourierParticipant[] = [byLoops, byDispatcher, byRx, byPacer, byCargoQueue, byBottleneck];

export const faults: Study = {
  name: "faults of the sink",
  about:
    `Batches of ${BATCH}, ${SENDERS} at a time, ${SERVICE_MS} ms each. Poison: 1 % of the items make their batch fail, with ` +
    "an error that names them; they are to be given up, and the others to be sent again. 429: 1 % of the sends are " +
    `answered so, with a Retry-After of ${RETRY_AFTER_MS} ms. Hung: one send of 400 gets no answer, every other ` +
    `of which was taken; after ${TIMEOUT_MS} ms they are sent again. Slow start: the first ${SLOW_SENDS} take ${SLOW_MS} ms. ` +
    "The sink takes a batch once, by its key: what is there twice was so after that. The faster of two runs, or the one " +
    "that lost more.",
  columns: COLUMNS,
  async run(stage) {
    const { count, every, runs } = stage.isSmoke ? SMOKE : RUN;
    const rows: Row[] = [];
    const all = faultsFor(count, every);
    for (const participant of PARTICIPANTS) {
      let undisturbed: number | undefined;
      for (const [title, fault] of all) {
        const row = await rowOf(participant, stage, { lead: [title], width: COLUMNS.length }, async (courier) => {
          const jobs = Array.from({ length: runs }, () => new Job(count * (participant.share ?? 1), fault));
          for (const job of jobs) {
            await job.run(courier);
            if (participant.kind !== "peer") mustBeComplete(job);
          }
          const job = jobs.reduce((one, other) => (isShownBefore(other, one) ? other : one));
          if (title === UNDISTURBED) undisturbed = job.itemsPerSecond;
          return cellsOf(job, undisturbed);
        });
        rows.push(row);
      }
    }
    return rows;
  },
};

/** A loss is shown, however seldom. */
function isShownBefore(one: Job, other: Job): boolean {
  const difference = one.lost + one.twice - other.lost - other.twice;
  return difference === 0 ? one.itemsPerSecond > other.itemsPerSecond : difference > 0;
}

/** @param every - One send of so many is answered by a 429, and one of four times as many hangs. */
function faultsFor(count: number, every: number): readonly (readonly [title: string, fault: Fault])[] {
  const good: Answer = { serviceMs: SERVICE_MS, applies: true, reply: "done" };
  const random = seededRandom(7);
  const isPoison = Array.from({ length: count }, () => random() < 0.01);
  return [
    [UNDISTURBED, () => good],
    [
      "1 % poison",
      (_, items) => {
        const bad = items.filter((item) => isPoison[item]);
        return bad.length === 0 ? good : { ...good, applies: false, reply: new PoisonError(bad) };
      },
    ],
    [
      "1 % 429",
      (request) => {
        if (request % every !== every / 2) return good;
        const reply = new RetryAfterError("too many requests", { retryAfterMs: RETRY_AFTER_MS });
        return { ...good, applies: false, reply };
      },
    ],
    [
      "0.25 % hung",
      (request) => {
        if (request % (every * 4) !== every) return good;
        return { ...good, applies: request % (every * 8) === every, reply: "nothing" };
      },
    ],
    ["slow start", (request) => (request < SLOW_SENDS ? { ...good, serviceMs: SLOW_MS } : good)],
  ];
}

function cellsOf(job: Job, undisturbed: number | undefined): Row["cells"] {
  const { itemsPerSecond, delivered, dropped, lost, twice } = job;
  const share = undisturbed === undefined ? "" : `${Math.round((itemsPerSecond / undisturbed) * 100)} %`;
  return [Math.round(itemsPerSecond), share, delivered, dropped, lost, twice];
}

function mustBeComplete({ lost, twice }: Job): void {
  expectSame("lost", lost, 0);
  expectSame("twice", twice, 0);
}
