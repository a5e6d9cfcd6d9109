import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.ts";
import type { Problem } from "./problem.ts";
import { findRedis, startRedis } from "./redis-server.ts";
import { type Starter, startersOf } from "./starter.ts";
import type { Member } from "./workspace.ts";

/** The READMEs' programs print what they say when a stranger pastes them into a project that has the packages. */
export async function starterProblems(folder: string, members: readonly Member[]): Promise<Problem[]> {
  const found = members.map((member) => ({ member, starters: readStarters(member) }));
  const lacking = found.filter(({ starters }) => starters.length === 0).map(({ member }) => toProblem(member));
  const starters = found.flatMap((one) => one.starters);
  return [...lacking, ...(await withRedis(starters, (url) => runAll(folder, starters, url)))];
}

function readStarters({ folder, path }: Member): Starter[] {
  return startersOf(`${path}/README.md`, readFileSync(join(folder, "README.md"), "utf8"));
}

function toProblem({ path }: Member): Problem {
  return {
    path: `${path}/README.md`,
    what: "it has no program to paste and run",
    cure: 'Write "## A whole program": a fence, "It prints:", and a text fence with that',
  };
}

/** Calls back with the address of a server, for programs that need one. */
async function withRedis(
  starters: readonly Starter[],
  callback: (url: string | undefined) => Promise<Problem[]>,
): Promise<Problem[]> {
  const given = process.env["REDIS_URL"];
  if (given !== undefined || !starters.some(needsRedis) || findRedis() === undefined) return callback(given);
  const server = await startRedis();
  try {
    return await callback(server.url);
  } finally {
    await server.stop();
  }
}

function needsRedis({ code }: Starter): boolean {
  return code.includes("REDIS_URL");
}

async function runAll(folder: string, starters: readonly Starter[], redisUrl: string | undefined): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const starter of starters) problems.push(...(await runOne(folder, starter, redisUrl)));
  return problems;
}

async function runOne(folder: string, starter: Starter, redisUrl: string | undefined): Promise<Problem[]> {
  const { path, code, prints } = starter;
  if (needsRedis(starter) && redisUrl === undefined) return withoutRedis(path);
  writeFileSync(join(folder, "start.mjs"), code);
  const env = redisUrl === undefined ? {} : { REDIS_URL: redisUrl };
  const outcome = await run(process.execPath, ["start.mjs"], folder, env);
  if (outcome.isOk && outcome.stdout === prints) return [];
  const what = outcome.isOk ? `it prints ${JSON.stringify(outcome.stdout)}` : `it fails: ${outcome.summary}`;
  return [{ path, what, cure: "Mend the program, or what it is said to print" }];
}

/** Not run, which is said once; in CI that is an error. */
function withoutRedis(path: string): Problem[] {
  const what = "it was not run, for redis-server is not installed";
  if (process.env["CI"] !== undefined) return [{ path, what, cure: "Install it" }];
  console.warn(`${path}: ${what}.`);
  return [];
}
