import { doors } from "./doors.ts";
import { floors } from "./floors.ts";
import { packs } from "./packs.ts";
import { type Problem, report } from "./problem.ts";
import { sizes } from "./sizes.ts";
import { ROOT } from "./workspace.ts";

/** A check reads the repository and says what is wrong. */
export type Check = (root: string) => Problem[] | Promise<Problem[]>;

/** Runs the checks one after another. Prints one line for each, and gives back all problems. */
export async function runChecks(root: string, checks: Readonly<Record<string, Check>>): Promise<Problem[]> {
  const all: Problem[] = [];
  for (const [name, check] of Object.entries(checks)) {
    const problems = await attempt(root, name, check);
    console.log(`${name.padEnd(8)}${problems.length === 0 ? "ok" : `${problems.length} wrong`}`);
    all.push(...problems);
  }
  return all;
}

async function attempt(root: string, name: string, check: Check): Promise<Problem[]> {
  try {
    return await check(root);
  } catch (error) {
    const what = `the check itself failed: ${error instanceof Error ? error.message : String(error)}`;
    return [{ path: name, what, cure: "Mend what it says first" }];
  }
}

if (import.meta.filename === process.argv[1]) report(await runChecks(ROOT, { floors, doors, sizes, packs }));
