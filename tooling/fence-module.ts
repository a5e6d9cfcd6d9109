import ts from "typescript";
import { type Expectation, expectationsIn } from "./expectation.ts";
import type { Fence } from "./fence.ts";
import type { Problem } from "./problem.ts";
import { sourceMapComment } from "./source-map.ts";

/** The folder of generated modules, from the root. */
export const FOLDER = ".fences";

/** A fence as a module of its own. */
export interface FenceModule {
  readonly fence: Fence;
  /** From {@link FOLDER}. */
  readonly file: string;
  readonly text: string;
  /** For each line of `text` the origin's line, from 1; 0 where there is none. */
  readonly lines: readonly number[];
  readonly problems: readonly Problem[];
}

/** Replaces `code.slice(start, end)`. */
interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** A line of the module and where it came from. */
interface Line {
  readonly text: string;
  readonly origin: number;
}

/** The module of a fence: a test that runs it, or for `no-run` its code as it stands, for the type check alone. */
export function moduleOf(fence: Fence): FenceModule {
  const file = ts.createSourceFile("fence.ts", fence.code, ts.ScriptTarget.Latest, true);
  const { expectations, problems } = expectationsIn(file);
  const lines = fence.runs ? testLines(fence, file, expectations) : [...toLines(fence, fence.code), ours("export {};")];
  const path = `${fence.path}-${fence.line}${fence.runs ? ".test" : ""}.ts`;
  const source = `${up(path)}${fence.path}`;
  const origins = lines.map(({ origin }) => origin);
  return {
    fence,
    file: path,
    text: `${[...lines.map(({ text }) => text), sourceMapComment(source, origins)].join("\n")}\n`,
    lines: origins,
    problems: [...problems, ...exportProblems(fence, file)].map((problem) => locate(fence, problem)),
  };
}

function testLines(fence: Fence, file: ts.SourceFile, expectations: readonly Expectation[]): Line[] {
  const imports = file.statements.filter(ts.isImportDeclaration);
  const origin = `${fence.path}:${fence.line}`;
  const body = apply(fence.code, [
    ...imports.map((node) => blank(fence.code, node)),
    ...expectations.flatMap((one) => toEdits(fence.code, one)),
  ]);
  return [
    ours(`import * as $fence from "${up(origin)}tooling/fence-runtime.ts";`),
    ...imports.flatMap((node) => toLines(fence, node.getText(), lineOf(file, node))),
    ours(`$fence.${fence.needsRedis ? "exampleWithRedis" : "example"}(${JSON.stringify(origin)}, async () => {`),
    ...toLines(fence, body),
    ours("});"),
  ];
}

/** The way from a generated file up to the root. */
function up(path: string): string {
  return "../".repeat(`${FOLDER}/${path}`.split("/").length - 1);
}

function blank(code: string, node: ts.Node): Edit {
  const [start, end] = [node.getStart(), node.getEnd()];
  return { start, end, text: lineBreaks(code, start, end) };
}

function toEdits(code: string, expectation: Expectation): Edit[] {
  const { kind, literal, canWait } = expectation;
  const call = canWait ? "await $fence.shows" : "$fence.showsNow";
  if (kind === "variable") {
    const { name, end } = expectation;
    return [{ start: end, end, text: ` ${call}(${name}, (${literal}));` }];
  }
  const { whole, value } = expectation;
  return [
    { start: whole.start, end: value.start, text: `${call}((${lineBreaks(code, whole.start, value.start)}` },
    { start: value.end, end: whole.end, text: `${lineBreaks(code, value.end, whole.end)}), (${literal}))` },
  ];
}

/** What keeps every line where it is when this part of the code goes. */
function lineBreaks(code: string, start: number, end: number): string {
  return code.slice(start, end).replace(/[^\n]/g, "");
}

function apply(code: string, edits: readonly Edit[]): string {
  const fromTheEnd = [...edits].sort((a, b) => b.start - a.start);
  return fromTheEnd.reduce((text, edit) => text.slice(0, edit.start) + edit.text + text.slice(edit.end), code);
}

function toLines(fence: Fence, text: string, from = 0): Line[] {
  return text.split("\n").map((line, index) => ({ text: line, origin: fence.line + 1 + from + index }));
}

function ours(text: string): Line {
  return { text, origin: 0 };
}

function lineOf(file: ts.SourceFile, node: ts.Node): number {
  return file.getLineAndCharacterOfPosition(node.getStart()).line;
}

function exportProblems(fence: Fence, file: ts.SourceFile): Problem[] {
  if (!fence.runs) return [];
  return file.statements
    .filter((node) => ts.isExportDeclaration(node) || ts.isExportAssignment(node) || /^export\b/.test(node.getText()))
    .map((node) => ({
      path: String(lineOf(file, node)),
      what: "it exports",
      cure: "Drop the export, or tag it no-run",
    }));
}

/** A problem's path is its line in the fence, from 0, until here. */
function locate(fence: Fence, problem: Problem): Problem {
  return { ...problem, path: `${fence.path}:${fence.line + 1 + Number(problem.path)}` };
}
