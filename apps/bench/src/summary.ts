import type { Headline } from "./headlines.ts";
import type { Results } from "./results.ts";
import type { CaseResult, ContenderResult } from "./runner.ts";

/** Peers in one row at most: the fastest ones. */
const PEERS_SHOWN = 4;

/** A table with a line for each headline that was measured: ours, the floor, and the peers that come nearest. */
export function summaryOf({ groups }: Results, headlines: readonly Headline[]): string {
  const rows = headlines.flatMap(({ group, name, job }) => {
    const found = groups[group]?.cases.find((aCase) => aCase.name === name);
    return found === undefined ? [] : [rowOf(job, found)];
  });
  return ["| job | ours | by hand | others take so many times as long |", "| --- | ---: | ---: | --- |", ...rows].join(
    "\n",
  );
}

function rowOf(job: string, { contenders }: CaseResult): string {
  const ours = contenders.find(({ kind }) => kind === "ours")?.measured;
  const floor = contenders.find(({ kind }) => kind === "floor")?.measured;
  const peers = contenders
    .filter(({ kind, measured }) => kind === "peer" && measured !== undefined)
    .sort((a, b) => timesOurs(a) - timesOurs(b))
    .slice(0, PEERS_SHOWN)
    .map((peer) => `${peer.name} ${times(timesOurs(peer))}`);
  const cells = [job, durationText(ours?.ns), durationText(floor?.ns), peers.join("; ") || "nobody does this"];
  return `| ${cells.join(" | ")} |`;
}

function timesOurs({ measured }: ContenderResult): number {
  return measured?.toOurs ?? Number.NaN;
}

function times(ratio: number): string {
  return `${ratio < 10 ? ratio.toFixed(1) : Math.round(ratio).toLocaleString("en")} x`;
}

/** Two or three digits, in the unit that suits. */
export function durationText(ns: number | undefined): string {
  if (ns === undefined) return "";
  if (ns < 1_000) return `${ns.toFixed(ns < 10 ? 1 : 0)} ns`;
  const us = ns / 1_000;
  return us < 1_000 ? `${us.toFixed(us < 10 ? 1 : 0)} us` : `${(us / 1_000).toFixed(1)} ms`;
}
