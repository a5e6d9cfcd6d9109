import type { AirportStore } from "../airport-store.ts";
import { line } from "../report.ts";
import type { ReportFiles } from "../report-files.ts";
import { STATEMENT_LIMIT } from "../sharing.ts";
import type { GatewayProcess } from "./gateway-process.ts";
import type { SeveralResult } from "./replay-to-several.ts";

/** How a replay went whose gateway was killed. */
export interface StoryFigures extends SeveralResult {
  /** Events that came twice. */
  readonly repeated: number;
  readonly elapsedMs: number;
  /** From the last answer on; undefined: that was waited for in vain. */
  readonly rowsMs: number | undefined;
  /** From then on. */
  readonly reportsMs: number | undefined;
  /** Statements in a second. */
  readonly peak: number;
  readonly survivor: string;
}

export function killLine({ name, pid }: GatewayProcess, afterMs: number | undefined): string {
  if (afterMs === undefined) return "There were too few events: all were stored before a gateway could be killed.";
  const what = "in the middle of a request of which something was stored and nothing answered";
  return `${name} (process ${pid}) was killed with SIGKILL after ${seconds(afterMs)}, ${what}.`;
}

export function storyLines(figures: StoryFigures): string[] {
  const { stored, answered, unanswered, repeated, elapsedMs, rowsMs, reportsMs, peak } = figures;
  const perSecond = Math.round((stored / elapsedMs) * 1_000).toLocaleString("en-US");
  return [
    line("answered", answered, `requests, with ${stored.toLocaleString("en-US")} events`),
    line("sent again", unanswered, "requests that the dead one had not answered"),
    line("came twice", repeated, "events, which were stored once"),
    line("time", seconds(elapsedMs), `${perSecond} events/s`),
    line("statements", peak, `in a second at most; all gateways together may send ${STATEMENT_LIMIT.ratePerSecond}`),
    line("rows", rowsMs === undefined ? "NOT" : seconds(rowsMs), "after the last answer they were complete"),
    line("reports", reportsMs === undefined ? "NOT" : seconds(reportsMs), "after that they were complete, too"),
  ];
}

/** Who has built how many reports, and how many of those are the newest of their airports. */
export async function buildersLine(
  airports: AirportStore,
  files: ReportFiles,
  gateways: readonly GatewayProcess[],
  builtBy: (gateway: GatewayProcess) => number,
): Promise<string> {
  const pids: (string | undefined)[] = [];
  for (const { airport } of await airports.rows()) pids.push((await files.read(airport))?.builtBy.split("/").at(-1));
  const parts = gateways.map((gateway) => {
    const newest = pids.filter((pid) => pid === String(gateway.pid)).length;
    return `${gateway.name.replace("Gateway", "gateway")} has built ${builtBy(gateway)}, ${newest} of the newest`;
  });
  return `Reports: ${parts.join("; ")}.`;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
