import { Overflowing, Sending } from "./dispatchers.ts";
import type { Part } from "./part.ts";
import { Working } from "./pool.ts";
import { Batching, Chores } from "./processors.ts";
import { KeyedLimiting, Limiting, Queueing } from "./waits.ts";
import { growth, Watch } from "./watch.ts";
import type { Row, Stage, Study } from "../study.ts";
import { WrongResultError } from "../wrong-result.ts";

const MINUTE_MS = 60_000;
const SAMPLE_MS = 10_000;
/** Where it is shorter, compiling makes the heap grow all the time. */
const SHORTEST_TO_JUDGE_MS = 2 * MINUTE_MS;

interface Plan {
  readonly durationMs: number;
  readonly rowMs: number;
  readonly sampleMs: number;
}

/** Ten minutes, or what the environment says. */
function planOf(isSmoke: boolean): Plan {
  if (isSmoke) return { durationMs: 200, rowMs: 200, sampleMs: 80 };
  const minutes = Number(process.env["DISP_SOAK_MINUTES"] ?? 10);
  if (!(minutes > 0)) throw new RangeError(`Cannot soak: DISP_SOAK_MINUTES must be above 0, got ${minutes}`);
  const durationMs = minutes * MINUTE_MS;
  return { durationMs, rowMs: Math.min(MINUTE_MS, durationMs), sampleMs: Math.min(SAMPLE_MS, durationMs / 6) };
}

function partsWith(signal: AbortSignal): readonly Part[] {
  return [
    new Sending(signal),
    new Overflowing(),
    new Limiting(signal),
    new KeyedLimiting(signal),
    new Batching(signal),
    new Chores(),
    new Working(signal),
    new Queueing(signal),
  ];
}

/** Everybody begins some work, then the event loop has its turn, and again. */
async function work(parts: readonly Part[], watch: Watch, plan: Plan, onRow: (row: Row) => void): Promise<void> {
  const startedAt = performance.now();
  let sampleAt = startedAt + plan.sampleMs;
  for (let rowEnd = startedAt + plan.rowMs; rowEnd <= startedAt + plan.durationMs; rowEnd += plan.rowMs) {
    for (let now = performance.now(); now < rowEnd; now = performance.now()) {
      for (const part of parts) part.turn();
      if (now >= sampleAt) {
        watch.sample();
        sampleAt += plan.sampleMs;
      }
      await new Promise(setImmediate);
    }
    watch.sample();
    onRow(watch.endRow(`minute ${watch.rows.length + 1}`));
  }
}

/** Until all that is ended has been heard of, which takes some turns of the event loop. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise(setImmediate);
}

async function run({ isSmoke }: Stage): Promise<readonly Row[]> {
  const plan = planOf(isSmoke);
  await settle();
  // A signal for all of them, for all the time.
  const { signal } = new AbortController();
  const parts = partsWith(signal);
  const watch = new Watch(parts, signal);
  await work(parts, watch, plan, ({ name, cells }) => {
    if (!isSmoke) console.error(`soak: ${name}: ${cells.join(", ")}`);
  });
  await Promise.all(parts.map((part) => part.close()));
  await settle();
  watch.end();
  const grown = plan.durationMs < SHORTEST_TO_JUDGE_MS ? undefined : growth(watch.samples);
  if (grown !== undefined) throw new WrongResultError(grown);
  return watch.rows;
}

export const studies: readonly Study[] = [
  {
    name: "everything together",
    about:
      "Dispatchers with retries, ages, timeouts, aborted calls and overflow, both limiters, both processors, a pool and a queue, all in one process, many of their calls with one signal for all. Heap after a full collection, timers and listeners are looked at every ten seconds, in the middle of the work. In the end all is closed, and nothing is left.",
    columns: ["heap MB", "timers", "listeners", "operations/s", "loop delay p99 ms", "lost", "twice"],
    run,
  },
];
