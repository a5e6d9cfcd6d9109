import { setTimeout as pause } from "node:timers/promises";
import { sameFigures } from "../airport-figures.ts";
import type { AirportStore } from "../airport-store.ts";
import type { ReportFiles } from "../report-files.ts";

const PAUSE_MS = 200;

/** Resolves with the milliseconds it took until something was so, or undefined after so many. */
export async function timeUntil(
  isSo: () => Promise<boolean>,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<number | undefined> {
  const startedAt = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedAt > timeoutMs) return undefined;
    await pause(PAUSE_MS, undefined, { signal });
  }
  return performance.now() - startedAt;
}

/** Whether nothing waits to be added to a row. */
export async function areRowsComplete(airports: AirportStore, maxAirports: number): Promise<boolean> {
  return (await airports.waiting({ olderThanMs: 0, maxAirports })).length === 0;
}

/** Whether each row has a report that says the same. */
export async function areReportsComplete(airports: AirportStore, files: ReportFiles): Promise<boolean> {
  for (const row of await airports.rows()) {
    const report = await files.read(row.airport);
    if (report === undefined || !sameFigures(report, row)) return false;
  }
  return true;
}
