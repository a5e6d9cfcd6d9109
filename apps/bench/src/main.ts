import { mkdir, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { HELP, parseArguments, UsageError } from "./arguments.ts";
import { runGroup } from "./group-process.ts";
import type { GroupName } from "./groups.ts";
import { describeMachine, machineText } from "./machine.ts";
import { hasPeers } from "./peers.ts";
import { buildPackages, bundleCases, installPeers } from "./prepare.ts";
import { publish } from "./publish.ts";
import { type GroupResult, isRight, type Results } from "./results.ts";
import type { ContenderResult } from "./runner.ts";
import { tableOf } from "./table.ts";

const DATA = new URL("../.data/", import.meta.url);

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}

/** Resolves with the exit code: 1 when one of ours, or a floor, does wrong. A goal missed is no error. */
async function main(argv: readonly string[]): Promise<number> {
  const { groups, smoke, publish: isToBePublished, help } = parseArguments(argv);
  if (help) {
    console.log(HELP);
    return 0;
  }
  await preparePeers(smoke);
  if (!(await buildPackages(groups)))
    throw new Error("Cannot run the benchmarks: the packages must be built, got an error");
  await bundleCases(groups);
  if (smoke) return checkAll(groups);
  const { results, isGood } = await measureAll(groups);
  // What computed something wrong is no figure to be proud of.
  if (isGood && isToBePublished) await publish(results);
  return isGood ? 0 : 1;
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
    const hasEnded = await runGroup(group, "check", (result) => {
      console.log(checkText(group, result));
      isGood &&= isRight(result);
    });
    isGood &&= hasEnded;
  }
  return isGood ? 0 : 1;
}

function checkText(group: GroupName, { cases, studies }: GroupResult): string {
  return [
    ...cases.flatMap(({ name, contenders }) => [`${group}: ${name}`, ...contenders.map(contenderText)]),
    ...studies.map(({ name, failed }) => `${group}: ${name}: ${failed === undefined ? "right" : `FAILS: ${failed}`}`),
  ].join("\n");
}

function contenderText({ name, state }: ContenderResult): string {
  return `  ${name}: ${typeof state === "object" ? `FAILS: ${state.failed}` : state}`;
}

async function measureAll(groups: readonly GroupName[]): Promise<{ results: Results; isGood: boolean }> {
  const machine = describeMachine();
  const results: Results = { machine, groups: {} };
  const text = [`# Benchmarks\n\n${machineText(machine)}\n`];
  console.log(text[0]);
  let isGood = true;
  for (const group of groups) {
    const result = await measureGroup(group);
    isGood &&= result !== undefined && isRight(result);
    if (result === undefined) continue;
    results.groups[group] = result;
    const table = `${tableOf(group, result)}\n`;
    text.push(table);
    console.log(table);
  }
  await save(results, text.join("\n"));
  return { results, isGood };
}

/** Resolves with undefined when the group's process ended early. */
async function measureGroup(group: GroupName): Promise<GroupResult | undefined> {
  const parts: GroupResult[] = [];
  const hasEnded = await runGroup(group, "time", (part) => void parts.push(part));
  if (!hasEnded) {
    console.error(`${group}: its process ended early`);
    return undefined;
  }
  return { cases: parts.flatMap(({ cases }) => cases), studies: parts.flatMap(({ studies }) => studies) };
}

async function save(results: Results, text: string): Promise<void> {
  await mkdir(DATA, { recursive: true });
  await writeFile(new URL("results.json", DATA), `${JSON.stringify(results, null, 2)}\n`);
  await writeFile(new URL("results.md", DATA), text);
  console.error(`Also in ${fileURLToPath(DATA)}: results.md and results.json`);
}
