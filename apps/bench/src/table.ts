import type { Goal } from "./case.ts";
import type { GroupResult } from "./results.ts";
import type { CaseResult, ContenderResult } from "./runner.ts";
import type { StudyResult } from "./study.ts";
import { verdictOf } from "./verdict.ts";

type Column = readonly [title: string, cell: (contender: ContenderResult) => string];

/** The results of a group in Markdown: a table for each case and each study. */
export function tableOf(group: string, { cases, studies }: GroupResult): string {
  return [`## ${group}`, ...cases.map((aCase) => caseSection(aCase, cases)), ...studies.map(studySection)].join("\n\n");
}

function caseSection(aCase: CaseResult, all: readonly CaseResult[]): string {
  const columns = columnsOf(aCase, all);
  const rows = aCase.contenders.map((contender) => columns.map(([, cell]) => cell(contender)));
  const table = markdown(
    columns.map(([title]) => title),
    rows,
  );
  const sets = aCase.sets > 1 ? ` Noisy: the quietest of ${aCase.sets} sets of rounds.` : "";
  return `### ${aCase.name}\n\nGoal: ${goalText(aCase.goal)}.${sets}\n\n${table}`;
}

function studySection({ name, about, columns, rows, failed }: StudyResult): string {
  const lines = rows.map((row) => [label(row), ...row.cells.map(cellText)]);
  const body = failed === undefined ? markdown(["", ...columns], lines) : `**FAILS: ${inCell(failed)}**`;
  return `### ${name}\n\n${about}\n\n${body}`;
}

function markdown(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = titles.map((_, index) => (index === 0 ? "---" : "---:"));
  return [titles, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function goalText({ ns, floorNs, bytes, like, ahead }: Goal): string {
  const parts = [`${ns} ns where the floor takes ${floorNs} (${(ns / floorNs).toFixed(2)} x)`];
  if (bytes !== undefined) parts.push(`${bytes} B allocated per item`);
  if (like !== undefined) parts.push(`per item as with "${like}"`);
  if (ahead !== undefined) parts.push(`${ahead.times} times as fast as ${ahead.of}`);
  return parts.join(", ");
}

function columnsOf(aCase: CaseResult, all: readonly CaseResult[]): Column[] {
  const figure = (pick: (contender: ContenderResult) => string | undefined) => (contender: ContenderResult) =>
    pick(contender) ?? "";
  return [
    ["", label],
    ["ns/item", (contender) => stateText(contender)],
    ["spread", figure(({ measured }) => measured && percent(measured.spread))],
    ["x floor", figure(({ measured }) => ratio(measured?.toFloor))],
    ["x ours", figure(({ measured }) => ratio(measured?.toOurs))],
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

function label({ name, kind }: { readonly name: string; readonly kind: ContenderResult["kind"] }): string {
  return kind === "ours" ? `**${name}**` : name;
}

function stateText({ state, measured }: ContenderResult): string {
  if (measured !== undefined) return measured.ns.toFixed(measured.ns < 100 ? 1 : 0);
  if (typeof state === "object") return `FAILS: ${inCell(state.failed)}`;
  return state === "absent" ? "not installed" : "right";
}

/** Three digits that count; whole numbers as they are. */
function cellText(cell: number | string): string {
  if (typeof cell === "string") return inCell(cell);
  return Number.isInteger(cell) ? cell.toLocaleString("en") : Number(cell.toPrecision(3)).toLocaleString("en");
}

function inCell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

function optional(value: number | undefined, unit = 1): string | undefined {
  return value === undefined ? undefined : bytes(value / unit);
}

function ratio(value: number | undefined): string | undefined {
  return value?.toFixed(value < 10 ? 2 : 0);
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

function bytes(value: number): string {
  return value < -0.5 ? value.toFixed(0) : Math.max(0, value).toFixed(value < 100 ? 1 : 0);
}
