import { poissonArrivals } from "./arrivals.ts";
import { waitedMs } from "./clock.ts";
import { type Deliveries, percentile } from "./deliveries.ts";
import { measureCapacity, type Run, runOpenLoop } from "./generator.ts";
import { rowOf } from "./rows.ts";
import { byHand, cargoQueue, type LoadParticipant, otel, ours, pacer } from "./systems.ts";
import { median } from "../statistics.ts";
import type { Row, Study } from "../study.ts";
import { expectSame } from "../wrong-result.ts";

const LOADS = [0.5, 0.8, 0.95];

const RUN = { ms: 1_500, warmUpMs: 250 };
const SMOKE = { ms: 30, warmUpMs: 0 };

/** A stall of the machine spoils a part, and not the run. */
const PARTS = 5;

/** Enough for all that arrives in a run. */
const ALL = 1_000_000;

const PARTICIPANTS: readonly LoadParticipant[] = [
  byHand,
  ours("Dispatcher, maxAgeMs 0", { batch: { maxAgeMs: 0 } }),
  ours("Dispatcher, maxAgeMs 10", { batch: { maxAgeMs: 10 } }),
  cargoQueue,
  otel(ALL),
  pacer,
];

const COLUMNS = [
  "load",
  "items/s",
  "p50 ms",
  "p99 ms",
  "p99.9 ms",
  "max ms",
  "mean batch",
  "lost",
  "twice",
  "waited for a core, ms",
];

export const latency: Study = {
  name: "latency, open loop",
  about:
    "A sink with 4 servers takes batches of up to 100, and 5 ms for each: all figures contain these. Items arrive by " +
    "chance (Poisson, the same times for everybody) at a share of what the sink can take, measured first, and latency " +
    "counts from the arrival, also while an item waits for room. The clock stands still while another program has the core. " +
    "Percentiles are medians of those of five parts of the run; the maximum is that of all.",
  columns: COLUMNS,
  async run(stage) {
    const plan = stage.isSmoke ? SMOKE : RUN;
    const capacity = await measureCapacity(plan.ms / 3);
    const rows: Row[] = [];
    for (const load of LOADS) {
      const perSecond = Math.round(capacity * load);
      const arrivals = poissonArrivals(Math.ceil((perSecond * plan.ms) / 1_000), perSecond);
      for (const participant of PARTICIPANTS) {
        const row = await rowOf(
          participant,
          stage,
          { lead: [`${load * 100} %`], width: COLUMNS.length },
          async (setUp) => {
            const first = arrivals.findIndex((ms) => ms >= plan.warmUpMs);
            globalThis.gc?.();
            const waited = waitedMs();
            const run = await runOpenLoop(setUp, arrivals);
            if (participant.kind !== "peer") mustBeComplete(run.deliveries, arrivals.length);
            return [perSecond, ...cellsOf(run, first), waitedMs() - waited];
          },
        );
        rows.push(row);
      }
    }
    return rows;
  },
};

function cellsOf({ deliveries, scheduled, meanBatch }: Run, first: number): readonly number[] {
  const length = Math.floor((scheduled.length - first) / PARTS);
  const parts = Array.from({ length: PARTS }, (_, part) => {
    const from = first + part * length;
    return deliveries.latencies(scheduled, from, from + length);
  });
  const percentiles = [0.5, 0.99, 0.999].map((share) => median(parts.map((part) => percentile(part, share))));
  const max = percentile(deliveries.latencies(scheduled, first), 1);
  const lost = scheduled.length - deliveries.delivered;
  return [...percentiles, max, meanBatch, lost, deliveries.twice];
}

function mustBeComplete({ delivered, twice }: Deliveries, count: number): void {
  expectSame("delivered", delivered, count);
  expectSame("delivered twice", twice, 0);
}
