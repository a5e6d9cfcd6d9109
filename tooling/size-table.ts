import type { Problem } from "./problem.ts";

/** The table's file, from the root. */
export const TABLE = "docs/sizes.md";

/** How far a number in the table may be from today's before it counts as stale. */
const TOLERANCE = 0.02;

/** A door's row in the table, in bytes. */
export interface Size {
  readonly door: string;
  readonly budget: number;
  readonly today: number;
}

/** The rows of the table, by door. */
export function readTable(markdown: string): Map<string, Size> {
  const rows = markdown.matchAll(/^\| *`([^`]+)` *\| *([\d,]+) *\| *([\d,]+) *\|$/gm);
  return new Map(
    [...rows].map(([, door = "", budget, today]) => [door, { door, budget: toNumber(budget), today: toNumber(today) }]),
  );
}

/** What is wrong with the table, given today's bytes of every door. */
export function sizeProblems(table: ReadonlyMap<string, Size>, today: ReadonlyMap<string, number>): Problem[] {
  const gone = [...table.keys()].filter((door) => !today.has(door));
  return [
    ...[...today].flatMap(([door, bytes]) => doorProblems(door, bytes, table.get(door))),
    ...gone.map((door) => stale(`${door} is no door any more`)),
  ];
}

/** The table's rows with today's bytes. A budget stays; a new door gets one 10 % above today. */
export function renew(table: ReadonlyMap<string, Size>, today: ReadonlyMap<string, number>): Size[] {
  return [...today].map(([door, bytes]) => ({
    door,
    budget: table.get(door)?.budget ?? Math.ceil((bytes * 1.1) / 10) * 10,
    today: bytes,
  }));
}

/** Replaces the table in the file, and leaves the words around it. */
export function writeTable(markdown: string, sizes: readonly Size[]): string {
  const rows = sizes.map(({ door, budget, today }) => `| \`${door}\` | ${show(budget)} | ${show(today)} |\n`);
  return markdown.replace(/(\| door [^\n]*\n\|[-:| ]+\n)(?:\|[^\n]*\n)*/, (_, head: string) => head + rows.join(""));
}

function doorProblems(door: string, bytes: number, row: Size | undefined): Problem[] {
  if (row === undefined) return [stale(`${door} is not in the table`)];
  if (bytes > row.budget) {
    const cure = "Make it smaller, or raise the budget in the table and say why in the commit";
    return [{ path: TABLE, what: `${door} has ${show(bytes)} bytes, its budget is ${show(row.budget)}`, cure }];
  }
  if (Math.abs(bytes - row.today) <= row.today * TOLERANCE) return [];
  return [stale(`${door} has ${show(bytes)} bytes, the table says ${show(row.today)}`)];
}

function stale(what: string): Problem {
  return { path: TABLE, what, cure: "Run: pnpm sizes" };
}

function show(bytes: number): string {
  return bytes.toLocaleString("en-US");
}

function toNumber(text = ""): number {
  return Number(text.replaceAll(",", ""));
}
