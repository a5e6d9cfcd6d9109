import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

/** A module specifier and where it stands. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** Every module that a file imports, re-exports or loads, in order. */
export function importsOf(root: string, path: string): Import[] {
  const text = readFileSync(join(root, path), "utf8");
  return ts
    .preProcessFile(text, true, true)
    .importedFiles.map(({ fileName, pos }) => ({ specifier: fileName, line: lineAt(text, pos) }));
}

/** `@disp/x` of `@disp/x/redis`, `redis` of `redis/client`. */
export function packageOf(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split("\n").length;
}
