/** A program of a README that a stranger may paste into a file and run. */
export interface Starter {
  /** The README, and its line of the opening fence, from 1. */
  readonly path: string;
  readonly code: string;
  /** What the README says that it prints. */
  readonly prints: string;
}

const HEADING = "\n## A whole program\n";
const PROGRAM = /```(?:ts|js)[^\n]*\n(?<code>.*?)\n```\n\nIt prints:\n\n```text\n(?<prints>.*?)\n```/gs;

/** The programs in the section "A whole program", each followed by what it prints. */
export function startersOf(path: string, readme: string): Starter[] {
  const from = readme.indexOf(HEADING);
  if (from === -1) return [];
  const end = readme.indexOf("\n## ", from + HEADING.length);
  const section = readme.slice(from, end === -1 ? undefined : end);
  return [...section.matchAll(PROGRAM)].map(({ index, groups }) => ({
    path: `${path}:${readme.slice(0, from + index).split("\n").length}`,
    code: `${groups?.["code"] ?? ""}\n`,
    prints: `${groups?.["prints"] ?? ""}\n`,
  }));
}
