import { writeFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { run } from "./command.ts";
import type { Problem } from "./problem.ts";

/** Whether a stranger's project, with these packages in its node_modules, can load and compile every door. */
export async function consumerProblems(folder: string, specifiers: readonly string[]): Promise<Problem[]> {
  writeFileSync(join(folder, "package.json"), "{}");
  const imports = specifiers.map((specifier, index) => `import * as door${index} from "${specifier}";\n`);
  const requires = specifiers.map((specifier, index) => `import door${index} = require("${specifier}");\n`);
  const uses = `export const doors = [${specifiers.map((_, index) => `door${index}`).join(", ")}];\n`;
  writeFileSync(join(folder, "types.mts"), imports.join("") + uses);
  writeFileSync(join(folder, "types.cts"), requires.join("") + uses);
  return [...(await loadProblems(folder, specifiers)), ...typeProblems(folder)];
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
    return Object.keys(await load()).filter((name) => name !== "__esModule").sort();
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

/** Two worlds: a browser's without Node's types, and Node's without the DOM's. */
const WORLDS: readonly { readonly name: string; readonly lib: string[]; readonly types: string[] }[] = [
  { name: "browser", lib: ["lib.es2022.d.ts", "lib.dom.d.ts"], types: [] },
  { name: "Node", lib: ["lib.es2022.d.ts"], types: ["node"] },
];

function typeProblems(folder: string): Problem[] {
  return WORLDS.flatMap(({ name, lib, types }) => {
    const files = [join(folder, "types.mts"), join(folder, "types.cts")];
    const program = ts.createProgram(files, { ...STRICT, lib, types });
    return ts.getPreEmitDiagnostics(program).map((diagnostic) => toProblem(folder, name, diagnostic));
  });
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
  const message = ts.flattenDiagnosticMessageText(messageText, " ").replace(/\.$/, "");
  const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1;
  const name = file?.fileName.replace(`${folder}/`, "").replace("node_modules/", "") ?? "packages";
  return { path: `${name}:${line}`, what: `${message} (${world} project)`, cure: "Mend the types the door gives away" };
}
