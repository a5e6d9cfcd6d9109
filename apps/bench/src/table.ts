import type { Goal } from "./case.ts";
import type { CaseResult, ContenderResult } from "./runner.ts";
import { verdictOf } from "./verdict.ts";

type Column = readonly [title: string, cell: (contender: ContenderResult) => string];

/** The results of a group in Markdown: a table for each case. */
export function tableOf(group: string, cases: readonly CaseResult[]): string {
  return [`## ${group}`, ...cases.map((aCase) => section(aCase, cases))].join("\n\n");
}

function section(aCase: CaseResult, all: readonly CaseResult[]): string {
  const columns = columnsOf(aCase, all);
  const lines = [
    columns.map(([title]) => title),
    columns.map((_, index) => (index === 0 ? "---" : "---:")),
    ...aCase.contenders.map((contender) => columns.map(([, cell]) => cell(contender))),
  ];
  const table = lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  const sets = aCase.sets > 1 ? ` Noisy: the quietest of ${aCase.sets} sets of rounds.` : "";
  return `### ${aCase.name}\n\nGoal: ${goalText(aCase.goal)}.${sets}\n\n${table}`;
}

function goalText({ ns, floorNs, bytes, like }: Goal): string {
  const parts = [`${ns} ns where the floor takes ${floorNs} (${(ns / floorNs).toFixed(2)} x)`];
  if (bytes !== undefined) parts.push(`${bytes} B allocated per item`);
  if (like !== undefined) parts.push(`per item as with "${like}"`);
  return parts.join(", ");
}

function columnsOf(aCase: CaseResult, all: readonly CaseResult[]): Column[] {
  const figure = (pick: (contender: ContenderResult) => string | undefined) => (contender: ContenderResult) =>
    pick(contender) ?? "";
  return [
    ["", ({ name, kind }) => (kind === "ours" ? `**${name}**` : name)],
    ["ns/item", (contender) => stateText(contender)],
    ["spread", figure(({ measured }) => measured && percent(measured.spread))],
    ["x floor", figure(({ measured }) => measured?.toFloor?.toFixed(2))],
    ["allocated B/item", figure(({ measured }) => measured && bytes(measured.allocated))],
    ["waiting B/item", figure(({ measured }) => optional(measured?.waiting))],
    ["left KB", figure(({ measured }) => optional(measured?.emptied, 1_024))],
    ["waited for a core", figure(({ measured }) => measured && percent(measured.waitNs / measured.ns))],
    [
      "goal",
      figure(
        ({ name, kind, measured }) => (measured && kind === "ours" && verdictOf(name, measured, aCase, all)) || "",
      ),
    ],
  ];
}

function stateText({ state, measured }: ContenderResult): string {
  if (measured !== undefined) return measured.ns.toFixed(measured.ns < 100 ? 1 : 0);
  if (typeof state === "object") return `FAILS: ${state.failed.replaceAll("|", "\\|").replaceAll("\n", " ")}`;
  return state === "absent" ? "not installed" : "right";
}

function optional(value: number | undefined, unit = 1): string | undefined {
  return value === undefined ? undefined : bytes(value / unit);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function bytes(value: number): string {
  return value < -0.5 ? value.toFixed(0) : Math.max(0, value).toFixed(value < 100 ? 1 : 0);
}
