import {
  checkFunction,
  checkNumber,
  checkOptions,
  checkPolicy,
  checkText,
  NOT_EMPTY,
  type OptionNames,
  show,
} from "@disp/options";
import { REDIS_CONNECTION_DEFAULTS } from "@disp/redis";
import { noRetry, type RetryPolicy } from "@disp/retry";
import type { ConnectionOptions } from "bullmq";
import type { JobFailure } from "./options.ts";
import type { JobContext } from "./job-context.ts";

/** Options of a `BullMqProcessor`. All but `connection` and `name` are optional. */
export interface BullMqProcessorOptions<Arg> {
  /**
   * What BullMQ takes: a client of ioredis, for one server or for a cluster, which you close; or the options for a
   * connection of ioredis, which is made and closed here. A client of node-redis is refused: with it, BullMQ 6 runs jobs
   * again that are done, whenever a connection is lost at the wrong moment.
   */
  readonly connection: ConnectionOptions;
  /** Names the queue, and with it the kind of work: a string that is not empty and has no colon. */
  readonly name: string;
  /**
   * Does one job. **A number that it returns is a pause** in milliseconds before the slot that ran it takes another job: write
   * `(user) => { list.push(user); }`, with braces, for `(user) => list.push(user)` returns a length, and pauses longer each
   * time. The longest pause is 2,147,483,647 ms (24.8 days); a number that can be none is ignored, and told to `onError`.
   *
   * It has failed when it throws or rejects. Nothing limits how long it takes, and one that never settles keeps its slot for
   * ever: pass on `AbortSignal.any([signal, AbortSignal.timeout(ms)])`. Never await `stop` in it: that waits for this job.
   *
   * @defaultValue none: this instance schedules, and others do the work
   */
  readonly process?: ((arg: Arg, context: JobContext) => number | void | Promise<number | void>) | undefined;
  /**
   * How many jobs this instance may run at once, at least 1.
   *
   * @defaultValue 1
   */
  readonly concurrency?: number | undefined;
  /**
   * Whether and when a job that failed is tried again, by whichever instance is free then. It waits in Redis, and its key
   * stays taken. The policy of the instance where the job failed counts.
   *
   * @defaultValue noRetry()
   */
  readonly retry?: RetryPolicy | undefined;
  /**
   * What the names of all keys in Redis begin with. On a cluster it must have a hash tag, such as `"{bull}"`.
   *
   * @defaultValue "bull"
   */
  readonly prefix?: string | undefined;
  /**
   * Milliseconds, greater than 0, within which Redis must answer each step of a call; Infinity = no limit.
   *
   * @defaultValue 1_000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds, at least 1, that a job belongs to the instance that runs it when that does not renew its claim. The claim
   * is renewed every half of this time. After a crash, another instance runs the job again within one and a half times
   * as long. Keep it well above what stalls the event loop.
   *
   * @defaultValue 30_000
   */
  readonly leaseMs?: number | undefined;
  /**
   * How often a job may be run again after a crash, at least 0. One that crashes still more often has failed, with a
   * `JobStalledError`: it may be the job that makes its machines crash.
   *
   * @defaultValue 3
   */
  readonly maxStalls?: number | undefined;
  /**
   * How many failed jobs BullMQ keeps for its dashboards, at least 0. Older ones are removed. They block nothing.
   *
   * @defaultValue 1_000
   */
  readonly keepFailed?: number | undefined;
  /**
   * Told of jobs that are given up, on the instance where that happened, and of those that another one took over while they
   * ran (`LeaseLostError`). What it throws surfaces as an unhandled rejection.
   *
   * @defaultValue a `console.warn`, at most one every ten seconds
   */
  readonly onError?: ((failure: JobFailure<Arg>) => void) | undefined;
  /**
   * Told of what goes wrong between BullMQ and Redis, such as a lost connection. It needs no answer: BullMQ connects anew.
   *
   * @defaultValue a `console.warn`, at most one every ten seconds
   */
  readonly onConnectionError?: ((error: unknown) => void) | undefined;
}

/** What a `BullMqProcessor` does when it is told nothing. `holdMs` is that of `schedule`. */
export const BULLMQ_DEFAULTS: {
  readonly [Name in
    | "concurrency"
    | "retry"
    | "prefix"
    | "timeoutMs"
    | "leaseMs"
    | "maxStalls"
    | "keepFailed"]: NonNullable<BullMqProcessorOptions<never>[Name]>;
} & {
  /** Milliseconds that a key is held: until its job is over. */
  readonly holdMs: number;
} = Object.freeze({
  concurrency: 1,
  retry: noRetry(),
  prefix: "bull",
  timeoutMs: REDIS_CONNECTION_DEFAULTS.timeoutMs,
  leaseMs: 30_000,
  maxStalls: 3,
  keepFailed: 1_000,
  holdMs: 0,
});

/** Options as the processor uses them. */
export interface ResolvedBullMqOptions<Arg> {
  readonly connection: ConnectionOptions;
  readonly name: string;
  readonly process: BullMqProcessorOptions<Arg>["process"];
  readonly concurrency: number;
  readonly retry: RetryPolicy;
  readonly prefix: string;
  readonly timeoutMs: number;
  readonly leaseMs: number;
  readonly maxStalls: number;
  readonly keepFailed: number;
  readonly onError: ((failure: JobFailure<Arg>) => void) | undefined;
  readonly onConnectionError: ((error: unknown) => void) | undefined;
}

const ACTION = "create a BullMqProcessor";
const COUNT = { whole: true, min: 0 };
const NO_COLON = { rule: "a string that is not empty and has no colon", pattern: /^[^:]+$/u };
const HASH_TAG = { rule: 'a string with a hash tag, such as "{bull}", on a cluster', pattern: /\{[^}]+\}/u };

const NAMES: OptionNames<BullMqProcessorOptions<never>> = {
  connection: true,
  name: true,
  process: true,
  concurrency: true,
  retry: true,
  prefix: true,
  timeoutMs: true,
  leaseMs: true,
  maxStalls: true,
  keepFailed: true,
  onError: true,
  onConnectionError: true,
};

export function normalize<Arg>(options: BullMqProcessorOptions<Arg>): ResolvedBullMqOptions<Arg> {
  const defaults = BULLMQ_DEFAULTS;
  const { connection, name, process, onError, onConnectionError } = checkOptions(ACTION, "options", options, NAMES);
  const { concurrency = defaults.concurrency, retry = defaults.retry, prefix = defaults.prefix } = options;
  const { timeoutMs = defaults.timeoutMs, leaseMs = defaults.leaseMs } = options;
  const { maxStalls = defaults.maxStalls, keepFailed = defaults.keepFailed } = options;
  checkConnection(connection);
  return {
    connection,
    name: checkText(ACTION, "name", name, NO_COLON),
    process: process === undefined ? undefined : checkFunction(ACTION, "process", process),
    concurrency: checkNumber(ACTION, "concurrency", concurrency, { whole: true, min: 1 }),
    retry: checkPolicy(ACTION, "retry", retry),
    prefix: checkPrefix(prefix, connection),
    timeoutMs: checkNumber(ACTION, "timeoutMs", timeoutMs, { above: 0, orInfinity: true }),
    leaseMs: checkNumber(ACTION, "leaseMs", leaseMs, { whole: true, min: 1 }),
    maxStalls: checkNumber(ACTION, "maxStalls", maxStalls, COUNT),
    keepFailed: checkNumber(ACTION, "keepFailed", keepFailed, COUNT),
    onError: onError === undefined ? undefined : checkFunction(ACTION, "onError", onError),
    onConnectionError:
      onConnectionError === undefined ? undefined : checkFunction(ACTION, "onConnectionError", onConnectionError),
  };
}

function checkConnection(connection: ConnectionOptions): void {
  if (typeof connection !== "object" || (connection as unknown) === null) {
    const rule = "a client of ioredis or options for one, such as { url: process.env.REDIS_URL }";
    throw new TypeError(`Cannot ${ACTION}: connection must be ${rule}, got ${show(connection)}`);
  }
  if (!("sendCommand" in connection) || "defineCommand" in connection) return;
  throw new TypeError(`Cannot ${ACTION}: connection must be options or a client of ioredis, got one of node-redis`);
}

/** The keys of one queue are used in one step, so that they must live on one node. */
function checkPrefix(prefix: string, connection: ConnectionOptions): string {
  const isCluster = "isCluster" in connection && connection.isCluster === true;
  return checkText(ACTION, "prefix", prefix, isCluster ? HASH_TAG : NOT_EMPTY);
}
