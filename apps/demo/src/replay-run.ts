import { checkAirports } from "./airport-check.ts";
import { differences, expectationOf, find } from "./check.ts";
import { Progress } from "./progress.ts";
import { replay } from "./replay.ts";
import { airportLines, replayLines } from "./report.ts";
import type { Service } from "./service.ts";
import type { Source } from "./source.ts";
import type { Store } from "./store.ts";

export interface ReplayRun {
  readonly source: Source;
  readonly service: Service;
  readonly store: Store;
  readonly table: string;
  readonly url: string;
  readonly signal: AbortSignal;
  readonly output: NodeJS.WriteStream;
}

/** Replays, reports, asks the database and compares; resolves with whether everything is as it should be. */
export async function replayAndCheck(run: ReplayRun): Promise<boolean> {
  const print = (line = ""): void => void run.output.write(`${line}\n`);
  print(`Replaying ${run.source.title} through ${run.url}/events`);
  for (const line of await replayWithFigures(run)) print(line);
  print();
  const { question } = run.source;
  const found = await find(run.store, run.table, run.source);
  print(`${question.title}, asked of ${run.store.name}:`);
  for (const line of question.show(found.rows)) print(`  ${line}`);
  print();
  const expected = await expectationOf(run.source);
  const wrong = differences(expected, found);
  if (wrong.length > 0) print("Checked: NOT the same as computed from the file:");
  else if (expected.rows === undefined)
    print("Checked: as many events as ids in the file (some ids have several contents).");
  else print(`Checked: same as computed from the file (${found.events} events, ${found.rows.length} rows compared).`);
  for (const line of wrong) print(`  ${line}`);
  print();
  return (await settleAndCheckAirports(run, print)) && wrong.length === 0;
}

/** With the replay over, all events are stored: what is left is to save the last rows, and to build the last reports. */
async function settleAndCheckAirports(
  { service, store, signal }: ReplayRun,
  print: (line: string) => void,
): Promise<boolean> {
  const failed = await service.settle();
  // Whoever stops it in the middle has not found anything wrong.
  signal.throwIfAborted();
  for (const line of airportLines(service.stats())) print(line);
  const { airports, events, wrong } = await checkAirports(store.airports, service.files, service.maxAirports);
  const isGood = failed.size === 0 && wrong.length === 0;
  if (isGood)
    print(`Checked: ${airports} airport rows, reports and archives (${events} events) are what the database says.`);
  else print("Checked: airports are NOT what the database says:");
  for (const [airport, error] of failed) print(`  ${JSON.stringify(airport)}: no report: ${String(error)}`);
  for (const line of wrong) print(`  ${line}`);
  return isGood;
}

async function replayWithFigures({ source, service, url, signal, output }: ReplayRun): Promise<string[]> {
  const startedAt = performance.now();
  const count = (): number => service.dispatcher.stats().delivered;
  const progress = new Progress({ output, total: source.total, count });
  let stored: number;
  try {
    stored = await replay(source, { url, signal });
  } finally {
    progress.stop();
  }
  const elapsedMs = performance.now() - startedAt;
  const requests = service.gateway.counters.requests;
  return replayLines({ stats: service.dispatcher.stats(), stored, requests, elapsedMs });
}
