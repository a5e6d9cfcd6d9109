import { join } from "node:path";
import ts from "typescript";
import { type FenceModule, FOLDER } from "./fence-module.ts";
import type { Problem } from "./problem.ts";

/** Checks the types of all examples, as written to their folder. */
export function fenceTypes(root: string, modules: readonly FenceModule[]): Problem[] {
  const paths = new Map(modules.map((module) => [join(root, FOLDER, module.file), module]));
  const program = ts.createProgram([...paths.keys()], optionsOf(root));
  return [...paths].flatMap(([path, module]) => {
    const file = program.getSourceFile(path);
    const wrong = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)];
    return wrong.map((one) => toProblem(module, one));
  });
}

/** The project's options, less what makes no sense in an example. */
function optionsOf(root: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, "tsconfig.base.json"), (path) => ts.sys.readFile(path)) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [] }, ts.sys, root);
  const relaxed = { isolatedDeclarations: false, declaration: false, noUnusedLocals: false, noUnusedParameters: false };
  return { ...options, ...relaxed, skipLibCheck: true, noEmit: true };
}

function toProblem({ fence, lines }: FenceModule, { file, start = 0, messageText }: ts.Diagnostic): Problem {
  const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line;
  return {
    path: `${fence.path}:${lines[line] || fence.line}`,
    what: ts.flattenDiagnosticMessageText(messageText, " "),
    cure: "Correct the example",
  };
}
