import { blockNewItems, type Drop, dropNewest, dropOldestBatch, type DispatcherOptions } from "@disp/core";
import { poissonArrivals } from "./arrivals.ts";
import { percentile } from "./deliveries.ts";
import { BATCH, measureCapacity, type Run, runOpenLoop, SERVERS } from "./generator.ts";
import { type Participant, rowOf } from "./rows.ts";
import { cargoQueue, otel, ours } from "./systems.ts";
import type { Row, Study } from "../study.ts";
import { expectSame, WrongResultError } from "../wrong-result.ts";

/** Arrivals in relation to what the sink can take. */
const LOAD = 1.5;

/** Items that may be inside. */
const ROOM = 2_000;

const COLUMNS = [
  "arrived",
  "delivered",
  "dropped, and said so",
  "refused",
  "lost in silence",
  "twice",
  "inside at most",
  "p50 ms",
  "p99 ms",
];

/** A system, and what it said of its drops. */
interface Overloaded {
  readonly run: (arrivals: Float64Array) => Promise<Run>;
  readonly reported: () => number;
}

const PARTICIPANTS: readonly Participant<Overloaded>[] = [
  oursWith("Dispatcher, blockNewItems", blockNewItems({ maxItems: ROOM })),
  oursWith("Dispatcher, dropNewest", dropNewest({ maxItems: ROOM })),
  oursWith("Dispatcher, dropOldestBatch", dropOldestBatch({ maxItems: ROOM })),
  silent(otel(ROOM)),
  silent(cargoQueue),
];

export const overload: Study = {
  name: "overload, for a second",
  about:
    `Items arrive at ${LOAD * 100} % of what the sink of the latencies can take. There is room for ${ROOM} of them; who is ` +
    "refused does not come back. Latencies are those of the items that were delivered. async.cargoQueue has no limit.",
  columns: COLUMNS,
  async run(stage) {
    const ms = stage.isSmoke ? 60 : 1_000;
    const perSecond = (await measureCapacity(ms / 2)) * LOAD;
    const arrivals = poissonArrivals(Math.ceil((perSecond * ms) / 1_000), perSecond);
    const rows: Row[] = [];
    for (const participant of PARTICIPANTS) {
      const row = await rowOf(participant, stage, { width: COLUMNS.length }, async ({ run, reported }) => {
        const result = await run(arrivals);
        if (participant.kind === "ours") mustAddUp(result, reported());
        return cellsOf(result, reported());
      });
      rows.push(row);
    }
    return rows;
  },
};

function oursWith(name: string, overflow: DispatcherOptions<number>["overflow"]): Participant<Overloaded> {
  let reported = 0;
  const onDrop = ({ items }: Drop<number>) => {
    reported += items.length;
  };
  const setUp = ours(name, { batch: { maxAgeMs: 0 }, overflow, onDrop }).open(undefined as never);
  return {
    name,
    kind: "ours",
    open: () => ({
      run(arrivals) {
        reported = 0;
        return runOpenLoop(setUp, arrivals, "give up");
      },
      reported: () => reported,
    }),
  };
}

function silent(participant: typeof cargoQueue): Participant<Overloaded> {
  return {
    ...participant,
    open: (module) => ({
      run: (arrivals) => runOpenLoop(participant.open(module), arrivals, "give up"),
      reported: () => 0,
    }),
  };
}

function cellsOf({ deliveries, scheduled, refused, peak }: Run, reported: number): Row["cells"] {
  const { delivered, twice } = deliveries;
  const arrived = scheduled.length;
  const sorted = deliveries.latencies(scheduled);
  const lost = arrived - delivered - reported - refused;
  const peakText = Number.isNaN(peak) ? "it does not say" : peak;
  return [
    arrived,
    delivered,
    reported,
    refused,
    lost,
    twice,
    peakText,
    percentile(sorted, 0.5),
    percentile(sorted, 0.99),
  ];
}

function mustAddUp({ deliveries, scheduled, refused, peak }: Run, reported: number): void {
  expectSame("delivered twice", deliveries.twice, 0);
  expectSame("delivered, dropped and refused", deliveries.delivered + reported + refused, scheduled.length);
  // A batch that is under way when it is given up leaves with its send.
  const most = ROOM + SERVERS * BATCH;
  if (!(peak <= most)) throw new WrongResultError(`${peak} items were inside, which has room for ${most}`);
}
