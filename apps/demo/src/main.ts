import { once } from "node:events";
import { access, constants } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Summary } from "@disp/core";
import { type Arguments, HELP, parseArguments, UsageError } from "./arguments.ts";
import { errorText } from "./error-text.ts";
import { fileSource } from "./file-source.ts";
import { flights } from "./flights.ts";
import { GATEWAY_LIMITS } from "./gateway.ts";
import { reachable } from "./live/dashboard.ts";
import { openSharing } from "./open-sharing.ts";
import { openStore } from "./open-store.ts";
import { replayAndCheck } from "./replay-run.ts";
import { summaryLine } from "./report.ts";
import { Service } from "./service.ts";
import { onSignals } from "./shutdown.ts";
import { MissingServerError } from "./several/missing-server-error.ts";
import type { Source } from "./source.ts";

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(errorText(error));
  if (error instanceof UsageError) console.error("Try --help.");
  process.exitCode = error instanceof UsageError || error instanceof MissingServerError ? 2 : 1;
}

/** Resolves with the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  // Package managers run the app in its own folder; paths are meant from where the person is.
  const options = parseArguments(argv, process.env["INIT_CWD"] ?? process.cwd());
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  const source = await sourceOf(options);
  const stopped = onSignals(process);
  const folder = options.data ?? fileURLToPath(new URL("../.data", import.meta.url));
  if (options.gateways !== undefined) return replayThroughSeveral(options, source, folder, stopped);
  const table = source === undefined ? (options.table ?? "events") : "replayed_events";
  const databaseUrl = process.env["DATABASE_URL"];
  const choice = { table, fresh: source !== undefined || options.fresh };
  const store = await openStore({ databaseUrl, folder, ...choice });
  const limits = { rules: { ...GATEWAY_LIMITS.rules, required: options.required } };
  const sharing = await openSharing(process.env["REDIS_URL"], table);
  const service = new Service(store, { ...choice, folder, limits, sharing, holdMs: options.hold * 1_000 });
  // What stopping rejects with is seen below, where it is awaited.
  stopped.addEventListener("abort", () => void service.stop().catch(() => undefined));
  let isGood = true;
  let url: string | undefined;
  try {
    await service.start();
    // Told to stop meanwhile: what has stopped must not listen.
    stopped.throwIfAborted();
    url = await service.gateway.listen(options.port, options.host);
    console.log(`Listening on ${url}, storing in ${store.name}, table ${table}${choice.fresh ? ", emptied" : ""}.`);
    const page = `${reachable(url)}/`;
    if (options.serve) console.log(`Watch it, and make its life harder, on ${page}`);
    else console.log(`While this replay lasts there is a page to watch it on ${page} (with --serve the page stays).`);
    const run = { service, store, table, url, signal: stopped, output: process.stdout };
    if (source !== undefined) isGood = await replayAndCheck({ ...run, source });
  } catch (error) {
    // A signal in the middle of a replay ends it: that is what was asked for.
    if (!stopped.aborted) {
      isGood = false;
      console.error(errorText(error));
    }
  }
  if (options.serve && isGood && !stopped.aborted) await once(stopped, "abort");
  const summary = await service.stop();
  // What never listened has taken nothing, and has nothing to tell.
  if (url !== undefined) console.log(summaryLine(summary, service.dispatcher.books));
  return isGood && isWhole(summary) ? 0 : 1;
}

/** Nothing of it is loaded when it is not asked for. */
async function replayThroughSeveral(
  { gateways, required }: Arguments,
  source: Source | undefined,
  folder: string,
  signal: AbortSignal,
): Promise<number> {
  if (source === undefined || gateways === undefined) throw new UsageError("--gateways is about a replay");
  const { runSeveral } = await import("./several/run.ts");
  try {
    return (await runSeveral({ source, gateways, required, folder, signal, output: process.stdout })) ? 0 : 1;
  } catch (error) {
    // A signal in the middle of it ends it: that is what was asked for.
    if (signal.aborted) return 0;
    throw error;
  }
}

async function sourceOf({ input, rows, serve }: Arguments): Promise<Source | undefined> {
  if (input === undefined) return serve ? undefined : flights(rows);
  try {
    await access(input, constants.R_OK);
  } catch (error) {
    throw new UsageError(`--input cannot be read: ${(error as Error).message}`);
  }
  return fileSource(input);
}

/** Rows that the database refused were answered as such; whatever else was not stored was cut off by the deadline. */
function isWhole({ abandoned, dropped }: Summary): boolean {
  return abandoned === 0 && dropped.aborted === 0;
}
