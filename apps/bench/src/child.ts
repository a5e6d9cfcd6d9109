import type { Case } from "./case.ts";
import { hasPeers, loadPeer } from "./peers.ts";
import { check, time, weigh } from "./rounds.ts";
import { type CaseResult, checkCase, runCase } from "./runner.ts";

// The process of one group. It is told the group and whether to time, and sends a message for each case.

const [group = "", mode] = process.argv.slice(2);
const instruments = { check, time, weigh, loadPeer: hasPeers() ? loadPeer : undefined };
// The bundle of the group lies beside this one, a file of its own: the bundler must not look for it.
const bundle = new URL(`${group}.js`, import.meta.url).href;
const { cases } = (await import(bundle)) as { cases: readonly Case[] };
for (const aCase of cases) {
  const result = mode === "check" ? await checkCase(aCase, instruments) : await runCase(aCase, instruments);
  await send(result);
}

function send(result: CaseResult): Promise<void> {
  return new Promise((resolve, reject) => {
    process.send?.(result, (error: Error | null) => (error === null ? resolve() : reject(error)));
  });
}
