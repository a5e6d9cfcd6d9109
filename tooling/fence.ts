import type { Problem } from "./problem.ts";

/** An example of the documentation: a fence of the language `ts`. */
export interface Fence {
  /** The file it stands in, from the root. */
  readonly path: string;
  /** The line of the opening fence, from 1; its code starts on the next. */
  readonly line: number;
  readonly code: string;
  /** False: only its types are checked. */
  readonly runs: boolean;
  /** Whether it finds a server at `process.env["REDIS_URL"]`. */
  readonly needsRedis: boolean;
}

/** The fences of one file, and what is wrong with them. */
export interface Found {
  readonly fences: Fence[];
  readonly problems: Problem[];
}

interface Opening {
  readonly line: number;
  readonly indent: number;
  readonly ticks: string;
  readonly language: string;
  /** What follows the language: tags, and a reason for `no-run`. */
  readonly tags: string;
}

/** Every `ts` fence of a Markdown file, or of the doc comments of a TypeScript file. */
export function fencesOf(path: string, text: string): Found {
  const lines = path.endsWith(".ts") ? docLines(text) : text.split("\n");
  const found: Found = { fences: [], problems: [] };
  for (let at = 0; at < lines.length; at += 1) {
    const opening = openingAt(lines, at);
    if (opening === undefined) continue;
    const end = closingOf(lines, opening);
    take(found, path, opening, lines.slice(at + 1, end), reasonAbove(lines, at));
    at = end;
  }
  return found;
}

/** The text of doc comments without their stars. All other lines are empty, so line numbers stay. */
function docLines(text: string): string[] {
  let isInside = false;
  return text.split("\n").map((line) => {
    if (/^\s*\/\*\*/.test(line)) isInside = true;
    const content = isInside ? line.replace(/^\s*\/?\*+\/?[ \t]?/, "") : "";
    if (line.includes("*/")) isInside = false;
    return content;
  });
}

function openingAt(lines: readonly string[], at: number): Opening | undefined {
  const match = /^(\s*)(`{3,})\s*([\w-]*)[ \t]*([^`]*)$/.exec(lines[at] ?? "");
  if (match === null) return undefined;
  const [, indent = "", ticks = "", language = "", tags = ""] = match;
  return { line: at + 1, indent: indent.length, ticks, language, tags: tags.trim() };
}

function closingOf(lines: readonly string[], { line, ticks }: Opening): number {
  const end = lines.findIndex((text, index) => index >= line && text.trim() === ticks);
  return end === -1 ? lines.length : end;
}

/** The words of an HTML comment on the line above a fence. */
function reasonAbove(lines: readonly string[], at: number): string {
  return /^\s*<!--(.*)-->\s*$/.exec(lines[at - 1] ?? "")?.[1]?.trim() ?? "";
}

function take(found: Found, path: string, opening: Opening, body: readonly string[], reasonAbove: string): void {
  const { language, tags, line, indent } = opening;
  if (language === "typescript") found.problems.push(problem(path, line, "its language is spelled out", "Write ts"));
  if (language !== "ts") return;
  const [tag = "", ...reason] = tags.split(/\s+/);
  if (!["", "no-run", "redis"].includes(tag)) {
    const cure = 'Let it run, with a server by the tag "redis", or write "no-run" and why';
    found.problems.push(problem(path, line, `the tag "${tag}" is unknown`, cure));
  }
  if (tag === "no-run" && reason.length === 0 && reasonAbove === "") {
    found.problems.push(
      problem(path, line, "no-run has no reason", "Say why after it, or in a comment on the line above"),
    );
  }
  const code = body.map((text) => text.slice(Math.min(indent, text.length - text.trimStart().length))).join("\n");
  found.fences.push({ path, line, code, runs: tag !== "no-run", needsRedis: tag === "redis" });
}

function problem(path: string, line: number, what: string, cure: string): Problem {
  return { path: `${path}:${line}`, what, cure };
}
