import type { Case } from "./case.ts";
import { hasPeers, loadPeer } from "./peers.ts";
import { allocate, check, time, weigh } from "./rounds.ts";
import { checkCase, PLAN, runCases } from "./runner.ts";

// The process of one group. It is told the group and whether to time, and sends a message with the results.

const [group = "", mode] = process.argv.slice(2);
const instruments = { check, time, allocate, weigh, loadPeer: hasPeers() ? loadPeer : undefined };
// The bundle of the group lies beside this one, a file of its own: the bundler must not look for it.
const bundle = new URL(`${group}.js`, import.meta.url).href;
const { cases } = (await import(bundle)) as { cases: readonly Case[] };
if (mode === "check") for (const aCase of cases) await send([await checkCase(aCase, instruments)]);
else await send(await runCases(cases, instruments, PLAN, ({ name }) => console.error(`${group}: ${name}: timed`)));

function send(results: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(results, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}
