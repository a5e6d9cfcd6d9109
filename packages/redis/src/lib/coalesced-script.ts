import { checkNumber, checkObject, checkOptions, checkText, type OptionNames } from "@disp/options";
import { afterThisTurn } from "@disp/turn";
import { checkArguments } from "./arguments.ts";
import type { RedisConnection } from "./redis-connection.ts";
import type { RedisScript } from "./script.ts";

/** Runs of one group travel together. In a cluster, all keys of a group must have one slot. */
export interface RunGroup {
  /** Keys that the script gets before those of the runs. */
  readonly sharedKeys: readonly string[];
  /** Arguments that the script gets before those of the runs. */
  readonly sharedArgs: readonly (string | number)[];
}

/** Options of a {@link CoalescedScript}. */
export interface CoalescedScriptOptions {
  /** Where it runs. */
  readonly connection: RedisConnection;
  /**
   * The script. `KEYS` holds the shared keys of the group and then one key for each run, `ARGV` the shared arguments and
   * then those of each run, as many for each. It must return an array with one answer for each run, in their order.
   */
  readonly script: RedisScript<unknown>;
  /**
   * The most runs in one call, at least 1. A server does nothing else meanwhile: keep a call below a millisecond.
   *
   * @defaultValue 250
   */
  readonly maxRuns?: number | undefined;
}

const NAMES: OptionNames<CoalescedScriptOptions> = { connection: true, script: true, maxRuns: true };
const MAX_RUNS = 250;

/** Runs that wait for the end of the turn. */
interface Load {
  readonly group: RunGroup;
  readonly keys: string[];
  readonly args: (string | number)[];
  readonly settlers: { resolve(answer: unknown): void; reject(error: unknown): void }[];
}

/**
 * Runs of one script that are asked for in one turn of the event loop travel in one call, each with a promise of its own:
 * several times faster than a command for each, since most of the cost is in the client.
 *
 * **Ordering**: runs of one call are done in the order in which they were asked for. Calls may overtake each other.
 *
 * @example
 * ```ts redis
 * import { CoalescedScript, defineScript, RedisConnection } from "@disp/redis";
 * import { Redis } from "ioredis";
 *
 * const script = defineScript(
 *   `local sums = {}
 *    for i, key in ipairs(KEYS) do
 *      sums[i] = redis.call("INCRBY", key, ARGV[i])
 *      redis.call("PEXPIRE", key, 60000)
 *    end
 *    return sums`,
 *   (reply) => reply,
 * );
 *
 * const client = new Redis(process.env["REDIS_URL"] ?? "redis://localhost");
 * const connection = new RedisConnection({ client });
 * const counters = new CoalescedScript({ connection, script });
 * const group = { sharedKeys: [], sharedArgs: [] };
 * const add = (key: string, n: number) => counters.run(group, key, [n]);
 * const sums = await Promise.all([add("example:a", 1), add("example:b", 2), add("example:a", 3)]);
 * sums; // => [1, 2, 4]
 * client.disconnect();
 * ```
 */
export class CoalescedScript {
  readonly #connection: RedisConnection;
  readonly #script: RedisScript<unknown>;
  readonly #maxRuns: number;
  readonly #loads = new Map<RunGroup, Load>();

  /** @throws TypeError or RangeError when an option is wrong; the message names its path, the rule and the value. */
  constructor(options: CoalescedScriptOptions) {
    const action = "create a CoalescedScript";
    const { connection, script, maxRuns = MAX_RUNS } = checkOptions(action, "options", options, NAMES);
    this.#connection = checkObject(action, "connection", connection, ["send"]);
    this.#script = checkObject(action, "script", script, ["run"]);
    this.#maxRuns = checkNumber(action, "maxRuns", maxRuns, { whole: true, min: 1 });
  }

  /**
   * Runs the script for one key.
   *
   * @param group - Compared by identity.
   * @param args - Its arguments: as many for each run.
   * @returns The answer for this run.
   * @throws whatever {@link RedisConnection.send} throws, for all runs of the call; TypeError, for this run alone, when the
   * key or an argument is wrong. All as rejections.
   */
  run(group: RunGroup, key: string, args: readonly (string | number)[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      checkText("run a script", "key", key);
      checkArguments("run a script", "args", args);
      const load = this.#loads.get(group) ?? this.#begin(group);
      load.keys.push(key);
      for (const arg of args) load.args.push(arg);
      load.settlers.push({ resolve, reject });
      if (load.settlers.length === this.#maxRuns) this.#send(load);
    });
  }

  #begin(group: RunGroup): Load {
    const load: Load = { group, keys: [...group.sharedKeys], args: [...group.sharedArgs], settlers: [] };
    if (this.#loads.size === 0) afterThisTurn(() => this.#sendAll());
    this.#loads.set(group, load);
    return load;
  }

  #sendAll(): void {
    for (const load of this.#loads.values()) this.#send(load);
  }

  #send(load: Load): void {
    this.#loads.delete(load.group);
    const { settlers } = load;
    this.#script.run(this.#connection, load.keys, load.args).then(
      (answers) => {
        if (!Array.isArray(answers) || answers.length !== settlers.length) {
          const error = new TypeError(
            `Cannot read the reply of a script: it must have an answer for each of ${settlers.length} runs, got another`,
          );
          for (const settler of settlers) settler.reject(error);
          return;
        }
        for (let index = 0; index < settlers.length; index += 1) settlers[index]?.resolve(answers[index]);
      },
      (error: unknown) => {
        for (const settler of settlers) settler.reject(error);
      },
    );
  }
}
