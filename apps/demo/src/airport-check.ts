import { type AirportFigures, type AirportShare, sameFigures, textOf } from "./airport-figures.ts";
import type { AirportStore } from "./airport-store.ts";
import { readArchive } from "./read-archive.ts";
import type { AirportReport, ReportFiles } from "./report-files.ts";

/** What the database says of the events themselves. */
interface Truth {
  readonly figures: AirportFigures;
  /** Of the lines of its events. */
  readonly sum: bigint | undefined;
}

/** What was found. */
export interface AirportFinding {
  readonly airports: number;
  readonly events: number;
  /** Lines for people, none when all is as it should be. */
  readonly wrong: readonly string[];
}

const MOST_LINES = 10;
const AT_ONCE = 4;

/**
 * Compares, for every airport, its row, its report and its archive with what the database says of the events: the row and
 * the report with a `group by`, the archive line by line. Call it when nothing is stored and everything is settled.
 *
 * @param limit - How many airports are kept: if there are more, some have no row.
 */
export async function checkAirports(store: AirportStore, files: ReportFiles, limit: number): Promise<AirportFinding> {
  const rows = await store.rows();
  const truths = await truthOf(store);
  const wrong: string[] = [];
  if (rows.length !== Math.min(truths.size, limit)) {
    wrong.push(`airports: ${truths.size} have events, ${rows.length} have a row`);
  }
  let events = 0;
  const rest = rows.values();
  // A few at once: files are read and unzipped while others are hashed.
  const lanes = Array.from({ length: AT_ONCE }, async () => {
    for (const row of rest) {
      const report = await files.read(row.airport);
      events += report?.events ?? 0;
      const found = await differences(row, report, truths.get(row.airport), files);
      for (const line of found) wrong.push(`${JSON.stringify(row.airport)}: ${line}`);
    }
  });
  await Promise.all(lanes);
  return { airports: rows.length, events, wrong: wrong.slice(0, MOST_LINES) };
}

async function truthOf(store: AirportStore): Promise<Map<string, Truth>> {
  const sums = await store.lineSums();
  const figures = await store.figures();
  return new Map(figures.map((share) => [share.airport, { figures: share, sum: sums.get(share.airport) }]));
}

async function differences(
  row: AirportShare,
  report: AirportReport | undefined,
  truth: Truth | undefined,
  files: ReportFiles,
): Promise<string[]> {
  if (truth === undefined) return ["no events"];
  if (report === undefined) return ["no report"];
  const wrong: string[] = [];
  const want = textOf(truth.figures);
  if (!sameFigures(row, truth.figures)) wrong.push(`row ${textOf(row)}, events ${want}`);
  if (!sameFigures(report, truth.figures)) wrong.push(`report ${textOf(report)}, events ${want}`);
  const archive = await readArchive(files.archiveOf(report));
  if (archive.sha256 !== report.sha256) wrong.push(`archive has sha256 ${archive.sha256}, report ${report.sha256}`);
  if (archive.events !== truth.figures.flights || archive.sum !== truth.sum) {
    wrong.push(`archive has ${archive.events} events, not the ${truth.figures.flights} of the database`);
  }
  return wrong;
}
