import { writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { run } from "./command.ts";
import { needsNode } from "./node-only.ts";
import type { Problem } from "./problem.ts";

/** A stranger's project, by the types it has. */
export interface World {
  readonly name: string;
  readonly lib: string[];
  readonly types: string[];
  readonly isNode: boolean;
}

/** A browser's project has no types of Node, and Node's has none of the DOM. */
const WORLDS: readonly World[] = [
  { name: "browser", lib: ["lib.es2022.d.ts", "lib.dom.d.ts"], types: [], isNode: false },
  { name: "Node", lib: ["lib.es2022.d.ts"], types: ["node"], isNode: true },
];

/** Whether a stranger's project, with these packages in its node_modules, can load and compile every door. */
export async function consumerProblems(
  folder: string,
  specifiers: readonly string[],
  worlds: readonly World[] = WORLDS,
): Promise<Problem[]> {
  writeFileSync(join(folder, "package.json"), "{}");
  return [...(await loadProblems(folder, specifiers)), ...typeProblems(folder, specifiers, worlds)];
}

/** Loads every door as an ES module and as CommonJS, and compares the names they export. */
async function loadProblems(folder: string, specifiers: readonly string[]): Promise<Problem[]> {
  writeFileSync(join(folder, "load.mjs"), LOAD);
  const outcome = await run(process.execPath, ["load.mjs", ...specifiers], folder);
  if (!outcome.isOk) return [{ path: "packages", what: outcome.summary, cure: "Mend what the packed package loads" }];
  return (JSON.parse(outcome.stdout) as { specifier: string; what: string }[]).map(({ specifier, what }) => ({
    path: specifier,
    what,
    cure: "Import and require the packed package to see it",
  }));
}

const LOAD = `
import { createRequire } from "node:module";
const require = createRequire(import.meta.url);
const problems = [];
async function attempt(specifier, how, load) {
  try {
    const exported = Object.entries(await load()).filter(([name]) => name !== "__esModule");
    for (const [name, value] of exported) {
      // Stacks and console.log show what a class calls itself. Bundlers rename one whose body names it.
      const isRenamed = typeof value === "function" && /^class\\b/.test(String(value)) && value.name !== name;
      if (isRenamed) problems.push({ specifier, what: how + " gives a class " + name + " that calls itself " + value.name });
    }
    return exported.map(([name]) => name).sort();
  } catch (error) {
    problems.push({ specifier, what: how + " fails: " + error });
  }
}
for (const specifier of process.argv.slice(2)) {
  const imported = await attempt(specifier, "import", () => import(specifier));
  const required = await attempt(specifier, "require", () => require(specifier));
  if (imported && required && String(imported) !== String(required)) {
    problems.push({ specifier, what: "import gives " + imported + " and require gives " + required });
  }
}
console.log(JSON.stringify(problems));
`;

function typeProblems(folder: string, specifiers: readonly string[], worlds: readonly World[]): Problem[] {
  return worlds.flatMap(({ name, lib, types, isNode }) => {
    const doors = isNode ? specifiers : specifiers.filter((specifier) => !needsNode(folder, specifier));
    const program = ts.createProgram(writeImports(folder, name, doors), {
      ...STRICT,
      lib,
      types,
      typeRoots: [join(folder, "node_modules/@types")],
    });
    return ts.getPreEmitDiagnostics(program).map((diagnostic) => toProblem(folder, name, diagnostic));
  });
}

/** An ES module and a CommonJS module that import every door. */
function writeImports(folder: string, world: string, doors: readonly string[]): string[] {
  const imports = doors.map((specifier, index) => `import * as door${index} from "${specifier}";\n`);
  const requires = doors.map((specifier, index) => `import door${index} = require("${specifier}");\n`);
  const uses = `export const doors = [${doors.map((_, index) => `door${index}`).join(", ")}];\n`;
  const files = [join(folder, `${world}.mts`), join(folder, `${world}.cts`)] as const;
  writeFileSync(files[0], imports.join("") + uses);
  writeFileSync(files[1], requires.join("") + uses);
  return [...files];
}

const STRICT: ts.CompilerOptions = {
  strict: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
};

function toProblem(folder: string, world: string, { file, start = 0, messageText }: ts.Diagnostic): Problem {
  const message = ts.flattenDiagnosticMessageText(messageText, " ");
  const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
  const name = file?.fileName.replace(`${folder}/`, "").replace("node_modules/", "") ?? "packages";
  return {
    path: `${name}:${line}`,
    what: `in a ${world} project: ${message}`,
    cure: "Mend the types the door gives away",
  };
}
