import ts from "typescript";
import type { Problem } from "./problem.ts";
import type { Door } from "./workspace.ts";

/** A door file says what it is for, and holds lists of names and nothing else. */
export function doorFileProblems(door: Door, text: string, options: { readonly mayExportAll: boolean }): Problem[] {
  const file = ts.createSourceFile(door.path, text, ts.ScriptTarget.Latest);
  return [
    ...commentProblems(door, text),
    ...file.statements
      .filter((statement) => !isList(statement, options.mayExportAll))
      .map((statement) => ({
        path: `${door.path}:${file.getLineAndCharacterOfPosition(statement.getStart(file)).line + 1}`,
        what: "a door holds export lists only",
        cure: 'Write: export { name } from "./lib/room.ts"',
      })),
  ];
}

function commentProblems({ path, specifier }: Door, text: string): Problem[] {
  const comment = /^\s*\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? "";
  const wanted = ["@packageDocumentation", `@module ${specifier}`];
  return wanted
    .filter((tag) => !comment.split("\n").some((line) => line.trim() === `* ${tag}`))
    .map((tag) => ({
      path: `${path}:1`,
      what: `the comment on top lacks ${tag}`,
      cure: "Start the door with a doc comment on what it is for, that tag on a line of its own",
    }));
}

function isList(statement: ts.Statement, mayExportAll: boolean): boolean {
  if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier === undefined) return false;
  if (statement.exportClause === undefined) return mayExportAll;
  return ts.isNamedExports(statement.exportClause);
}
