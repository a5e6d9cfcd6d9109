import { readFile, writeFile } from "node:fs/promises";
import { HEADLINES } from "./headlines.ts";
import { machineText } from "./machine.ts";
import type { Results } from "./results.ts";
import { summaryOf } from "./summary.ts";
import { tableOf } from "./table.ts";
import { GROUP_NAMES } from "./groups.ts";

/** The figures that the documents tell, as JSON. */
export const PUBLISHED: URL = new URL("../published.json", import.meta.url);

/** A document, and what the figures make of it. */
interface Document {
  readonly path: string;
  readonly render: (text: string, results: Results) => string;
}

const ROOT = new URL("../../../", import.meta.url);
const BEGIN = "<!-- figures: written by `bench --publish` -->";
const END = "<!-- /figures -->";

export const DOCUMENTS: readonly Document[] = [
  { path: "README.md", render: (text, results) => between(text, summaryText(results)) },
  { path: "docs/performance.md", render: (text, results) => between(text, reportText(results)) },
];

/** Takes what was measured over into the published figures, and writes the documents anew. */
export async function publish(measured: Results): Promise<void> {
  const text = JSON.stringify(merge(await published(), measured), rounded);
  await writeFile(PUBLISHED, `${text}\n`);
  // What was rounded, for that is what anybody can read.
  const results = JSON.parse(text) as Results;
  for (const document of DOCUMENTS) {
    const before = await readDocument(document);
    await writeFile(new URL(document.path, ROOT), document.render(before, results));
  }
}

export function readDocument({ path }: Document): Promise<string> {
  return readFile(new URL(path, ROOT), "utf8");
}

export async function published(): Promise<Results | undefined> {
  try {
    return JSON.parse(await readFile(PUBLISHED, "utf8")) as Results;
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * Groups can be measured one by one, but on one machine: otherwise their figures would not belong together.
 *
 * @throws Error if the others are from another machine.
 */
export function merge(old: Results | undefined, measured: Results): Results {
  if (old === undefined) return measured;
  for (const key of ["cpu", "cores", "platform", "node"] as const) {
    if (old.machine[key] === measured.machine[key]) continue;
    throw new Error(
      `Cannot publish: the groups must be measured on one machine, got ${key} ${measured.machine[key]} beside ${old.machine[key]}. Delete published.json and measure all groups`,
    );
  }
  return { machine: measured.machine, groups: { ...old.groups, ...measured.groups } };
}

function between(text: string, figures: string): string {
  const [before, rest] = text.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined)
    throw new Error(`Cannot publish: a document must have ${BEGIN} and ${END}`);
  return `${before}${BEGIN}\n\n${figures}\n\n${END}${after}`;
}

function summaryText(results: Results): string {
  const { cpu, cores, node } = results.machine;
  return `${summaryOf(results, HEADLINES)}\n\nMedians; ${cpu}, ${cores} cores, Node ${node.slice(1)}.`;
}

function reportText({ machine, groups }: Results): string {
  const tables = GROUP_NAMES.flatMap((name) => {
    const result = groups[name];
    return result === undefined ? [] : [tableOf(name, result)];
  });
  return [machineText(machine), ...tables].join("\n\n");
}

/** Counts as they are; more digits of a time than mean something would make every change of the file unreadable. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
