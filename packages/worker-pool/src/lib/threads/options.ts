import { isAbsolute } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { checkNumber, checkObject, checkOptions, checkText, type OptionNames, show } from "@disp/options";

/** Options of {@link threadWorkers}. All are optional. */
export interface ThreadWorkersOptions {
  /**
   * How much memory, in megabytes, the long-lived objects of one thread may take; above 0. A thread that needs more is
   * ended, and its call fails with a {@link WorkerCrashedError}. Only Node has this limit.
   *
   * @defaultValue the limit of Node, which depends on the machine
   */
  readonly maxOldGenerationMb?: number | undefined;
  /**
   * Milliseconds that an aborted call may take to settle, from the abort; Infinity = for ever. Then its thread is
   * terminated.
   *
   * @defaultValue 1_000
   */
  readonly graceMs?: number | undefined;
  /**
   * Milliseconds that a thread may take to load its file; Infinity = for ever.
   *
   * @defaultValue 30_000
   */
  readonly startTimeoutMs?: number | undefined;
  /**
   * How many calls a thread may be handed ahead of time, beyond the one that it is at; a whole number of at least 0. They
   * save it the wait for the next call. The pool hands over only as many as are done in a millisecond, and takes back
   * what has not begun when another thread is free.
   *
   * @defaultValue 256
   */
  readonly lookahead?: number | undefined;
  /**
   * What the threads are called in a debugger.
   *
   * @defaultValue the runtime's name for threads
   */
  readonly name?: string | undefined;
  /**
   * What the worker's file finds as `workerData`; a copy for each thread.
   *
   * @defaultValue nothing
   */
  readonly workerData?: unknown;
  /**
   * The environment variables that the threads see.
   *
   * @defaultValue a copy of those of this process
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /**
   * Node's own arguments for the threads.
   *
   * @defaultValue those of this process
   */
  readonly execArgv?: readonly string[] | undefined;
}

/** What {@link threadWorkers} does when it is told nothing. */
export const THREAD_WORKERS_DEFAULTS: {
  readonly [Name in "graceMs" | "startTimeoutMs" | "lookahead"]: NonNullable<ThreadWorkersOptions[Name]>;
} = Object.freeze({ graceMs: 1_000, startTimeoutMs: 30_000, lookahead: 256 });

/** Options as they are used: complete, checked, and a copy of their own. */
export interface ResolvedThreadOptions {
  readonly url: URL;
  readonly maxOldGenerationMb: number | undefined;
  readonly graceMs: number;
  readonly startTimeoutMs: number;
  readonly lookahead: number;
  readonly name: string | undefined;
  readonly workerData: unknown;
  readonly env: Readonly<Record<string, string | undefined>> | undefined;
  readonly execArgv: readonly string[] | undefined;
}

const ACTION = "make thread workers";
const DEFAULTS = THREAD_WORKERS_DEFAULTS;

const NAMES: OptionNames<ThreadWorkersOptions> = {
  maxOldGenerationMb: true,
  graceMs: true,
  startTimeoutMs: true,
  lookahead: true,
  name: true,
  workerData: true,
  env: true,
  execArgv: true,
};
const TIMEOUT = { above: 0, orInfinity: true };

export function normalize(url: URL | string, options: ThreadWorkersOptions): ResolvedThreadOptions {
  checkOptions(ACTION, "options", options, NAMES);
  const {
    graceMs = DEFAULTS.graceMs,
    startTimeoutMs = DEFAULTS.startTimeoutMs,
    lookahead = DEFAULTS.lookahead,
    maxOldGenerationMb: maxMb,
    name,
    workerData,
    env,
    execArgv,
  } = options;
  return {
    url: toUrl(url),
    maxOldGenerationMb:
      maxMb === undefined ? undefined : checkNumber(ACTION, "maxOldGenerationMb", maxMb, { above: 0 }),
    graceMs: checkNumber(ACTION, "graceMs", graceMs, { min: 0, orInfinity: true }),
    startTimeoutMs: checkNumber(ACTION, "startTimeoutMs", startTimeoutMs, TIMEOUT),
    lookahead: checkNumber(ACTION, "lookahead", lookahead, { whole: true, min: 0 }),
    name: name === undefined ? undefined : checkText(ACTION, "name", name),
    workerData,
    env: env === undefined ? undefined : { ...checkObject(ACTION, "env", env) },
    execArgv: execArgv === undefined ? undefined : checkStrings("execArgv", execArgv),
  };
}

/** What a thread can be started from. A relative path would mean something else in every folder. */
function toUrl(url: unknown): URL {
  if (url instanceof URL) return checkScheme(url);
  if (typeof url === "string" && isAbsolute(url)) return pathToFileURL(url);
  if (typeof url === "string" && url.startsWith("file:")) return checkScheme(new URL(url));
  const rule = 'a URL or an absolute path, such as new URL("./worker.js", import.meta.url)';
  throw new TypeError(`Cannot ${ACTION}: url must be ${rule}, got ${show(url)}`);
}

function checkScheme(url: URL): URL {
  // Throws by itself when the URL has no path on this machine.
  if (url.protocol === "file:") fileURLToPath(url);
  else if (url.protocol !== "data:") {
    throw new TypeError(`Cannot ${ACTION}: url must be a file: or data: URL, got ${show(url.href)}`);
  }
  return new URL(url);
}

function checkStrings(path: string, values: readonly unknown[]): readonly string[] {
  if (!Array.isArray(values)) throw new TypeError(`Cannot ${ACTION}: ${path} must be an array, got ${show(values)}`);
  return values.map((value, index) => checkText(ACTION, `${path}[${index}]`, value));
}
