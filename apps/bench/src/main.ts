import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { HELP, parseArguments, UsageError } from "./arguments.ts";
import { runGroup } from "./group-process.ts";
import type { GroupName } from "./groups.ts";
import { describeMachine, machineText } from "./machine.ts";
import { hasPeers } from "./peers.ts";
import { buildPackages, bundleCases, installPeers } from "./prepare.ts";
import type { CaseResult } from "./runner.ts";
import { tableOf } from "./table.ts";

const RESULTS = new URL("../.data/results.json", import.meta.url);

type Results = Partial<Record<GroupName, readonly CaseResult[]>>;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** Resolves with the exit code: 1 when one of ours, or a floor, does wrong. A goal missed is no error. */
async function main(argv: readonly string[]): Promise<number> {
  const { groups, smoke, help } = parseArguments(argv);
  if (help) {
    console.log(HELP);
    return 0;
  }
  await preparePeers(smoke);
  if (!(await buildPackages(groups)))
    throw new Error("Cannot run the benchmarks: the packages must be built, got an error");
  await bundleCases(groups);
  return smoke ? checkAll(groups) : measureAll(groups);
}

async function preparePeers(smoke: boolean): Promise<void> {
  // The check makes do with what is there, so that it needs no network.
  const areThere = smoke ? hasPeers() : await installPeers();
  if (!areThere)
    console.error(`The peers ${smoke ? "are not" : "cannot be"} installed: going on with ours and the floors.`);
}

async function checkAll(groups: readonly GroupName[]): Promise<number> {
  let isGood = true;
  for (const group of groups) {
    const hasEnded = await runGroup(group, "check", (results) => {
      for (const result of results) console.log(checkText(group, result));
      isGood &&= results.every(isRight);
    });
    isGood &&= hasEnded;
  }
  return isGood ? 0 : 1;
}

function checkText(group: GroupName, { name, contenders }: CaseResult): string {
  const states = contenders.map(({ name, state }) => {
    return `  ${name}: ${typeof state === "object" ? `FAILS: ${state.failed}` : state}`;
  });
  return [`${group}: ${name}`, ...states].join("\n");
}

async function measureAll(groups: readonly GroupName[]): Promise<number> {
  const machine = describeMachine();
  const results: Results = {};
  let isGood = true;
  console.log(`# Benchmarks\n\n${machineText(machine)}\n`);
  for (const group of groups) {
    const cases: CaseResult[] = [];
    const hasEnded = await runGroup(group, "time", (measured) => void cases.push(...measured));
    if (!hasEnded) console.error(`${group}: its process ended early`);
    isGood &&= hasEnded && cases.every(isRight);
    results[group] = cases;
    console.log(`${tableOf(group, cases)}\n`);
  }
  await save({ machine, results });
  return isGood ? 0 : 1;
}

function isRight({ contenders }: CaseResult): boolean {
  return contenders.every(({ kind, state }) => kind === "peer" || typeof state !== "object");
}

async function save(all: object): Promise<void> {
  await mkdir(new URL(".", RESULTS), { recursive: true });
  await writeFile(RESULTS, `${JSON.stringify(all, null, 2)}\n`);
  console.error(`As JSON: ${fileURLToPath(RESULTS)}`);
}
