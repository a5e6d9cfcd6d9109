import type { DispatcherStats, Summary } from "@disp/core";
import type { Books } from "./pipeline.ts";
import type { ServiceStats } from "./service.ts";

/** How a replay went. */
export interface ReplayFigures {
  readonly stats: DispatcherStats;
  readonly stored: number;
  readonly requests: number;
  readonly elapsedMs: number;
}

export function replayLines({ stats, stored, requests, elapsedMs }: ReplayFigures): string[] {
  const batches = stats.sends - stats.retries;
  return [
    line("events stored", stored, `in ${grouped(requests)} requests`),
    line("batches", batches, `of ${(stats.delivered / Math.max(batches, 1)).toFixed(1)} events on average`),
    line("sends", stats.sends, `${grouped(stats.retries)} of them retries`),
    line(
      "time",
      `${(elapsedMs / 1_000).toFixed(1)} s`,
      `${grouped(Math.round((stored / elapsedMs) * 1_000))} events/s`,
    ),
  ];
}

/** How many loads and saves were spared, and how many reports. */
export function airportLines({ airports, reports, threads }: ServiceStats): string[] {
  const factor = (airports.runs / Math.max(airports.saves, 1)).toFixed(1);
  const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
  return [
    line(
      "airport rows",
      airports.airports,
      `${grouped(airports.runs)} runs in ${grouped(airports.saves)} saves: ${factor} a save`,
    ),
    line("reports built", reports.built, `for ${grouped(reports.requested)} requests`),
    line(
      "archived",
      megabytes(reports.bytesIn),
      `to ${megabytes(reports.bytesOut)}, by ${threads.workers} thread${threads.workers === 1 ? "" : "s"}`,
    ),
  ];
}

/** What became of everything that was taken, in the numbers of the page. */
export function summaryLine(
  { dropped, abandoned }: Summary,
  { taken, stored }: Pick<Books, "taken" | "stored">,
): string {
  const lost = Object.entries(dropped).flatMap(([reason, items]) => (items > 0 ? [`${grouped(items)} ${reason}`] : []));
  if (abandoned > 0) lost.push(`${grouped(abandoned)} abandoned`);
  const others = taken - stored - Object.values(dropped).reduce((sum, items) => sum + items, abandoned);
  const away = others > 0 ? ` ${grouped(others)} were turned away at the end, and whoever sent them was told.` : "";
  const rest = lost.length === 0 ? "nothing lost" : `not stored: ${lost.join(", ")}`;
  return `Drained: ${grouped(taken)} events taken, ${grouped(stored)} stored, ${rest}.${away}`;
}

/** A figure, between what it is and a remark. */
export function line(name: string, value: number | string, remark: string): string {
  const text = typeof value === "number" ? grouped(value) : value;
  return `  ${name.padEnd(14)}${text.padStart(10)}   ${remark}`;
}

function grouped(value: number): string {
  return value.toLocaleString("en-US");
}
