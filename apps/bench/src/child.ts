import type { Case } from "./case.ts";
import { load } from "./contender-source.ts";
import type { GroupResult } from "./results.ts";
import { allocate, check, time, weigh } from "./rounds.ts";
import { checkCase, PLAN, runCases } from "./runner.ts";
import { runStudy, type Study } from "./study.ts";

// The process of one group. It is told the group and whether to time, and sends messages with results.

interface Group {
  readonly cases?: readonly Case[];
  readonly studies?: readonly Study[];
}

const [group = "", mode] = process.argv.slice(2);
const instruments = { check, time, allocate, weigh, load };
const isSmoke = mode === "check";
// The bundle of the group lies beside this one, a file of its own: the bundler must not look for it.
const bundle = new URL(`${group}.js`, import.meta.url).href;
const { cases = [], studies = [] } = (await import(bundle)) as Group;

if (isSmoke) for (const aCase of cases) await send({ cases: [await checkCase(aCase, instruments)], studies: [] });
else await send({ cases: await runCases(cases, instruments, PLAN, sayTimed), studies: [] });
for (const study of studies) {
  await send({ cases: [], studies: [await runStudy(study, { isSmoke, load })] });
  if (!isSmoke) sayTimed(study);
}
process.disconnect();

function sayTimed({ name }: { readonly name: string }): void {
  console.error(`${group}: ${name}: timed`);
}

function send(results: GroupResult): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(results, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}
