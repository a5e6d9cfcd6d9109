import { checkFunction, checkNumber, checkObject, checkOptions, checkText, NOT_EMPTY } from "@disp/options";
import { toArguments } from "./arguments.ts";
import type { RedisConnection, SendOptions } from "./redis-connection.ts";
import type { RedisClient } from "./redis-client.ts";
import { Budget, overtime } from "./budget.ts";
import { replyCode } from "./reply-error.ts";
import { sha1 } from "./sha1.ts";

const ACTION = "run a script";
const NAMES = { timeoutMs: true } as const;

/** A Lua script that Redis runs as one step. */
export interface RedisScript<Reply> {
  /** Its text. */
  readonly lua: string;
  /**
   * Runs it.
   *
   * @param keys - All keys that it touches; in a cluster they must have one slot.
   * @param args - Its arguments. Numbers are written as JavaScript writes them.
   * @throws whatever {@link RedisConnection.send} throws; TypeError, as a rejection, when a key or an argument is neither
   * a string nor a number.
   */
  run(
    connection: RedisConnection,
    keys: readonly string[],
    args: readonly (string | number)[],
    options?: Pick<SendOptions, "timeoutMs">,
  ): Promise<Reply>;
}

/**
 * Defines a Lua script. It is sent by its name (`EVALSHA`); only when a server does not know it, after a restart, a
 * failover or `SCRIPT FLUSH`, its text is sent, once, however many calls are on their way.
 *
 * @param lua - The text. It gets `KEYS` and `ARGV`.
 * @param read - Turns the reply into what `run` resolves with.
 * @throws TypeError when `lua` is no string or `read` is no function.
 *
 * @example
 * ```ts redis
 * import { defineScript, RedisConnection } from "@disp/redis";
 * import { Redis } from "ioredis";
 *
 * const addUpTo = defineScript(
 *   `local sum = math.min(tonumber(redis.call("GET", KEYS[1]) or 0) + ARGV[1], ARGV[2])
 *    redis.call("SET", KEYS[1], sum, "PX", 60000)
 *    return sum`,
 *   Number,
 * );
 *
 * const client = new Redis(process.env["REDIS_URL"] ?? "redis://localhost");
 * const connection = new RedisConnection({ client });
 * await addUpTo.run(connection, ["example:sum"], [7, 10]); // => 7
 * await addUpTo.run(connection, ["example:sum"], [7, 10]); // => 10
 * client.disconnect();
 * ```
 */
export function defineScript<Reply>(lua: string, read: (reply: unknown) => Reply): RedisScript<Reply> {
  checkText("define a script", "lua", lua, NOT_EMPTY);
  checkFunction("define a script", "read", read);
  let name: string | undefined;
  /** Texts on their way, by the client that sends them. */
  const loading = new WeakMap<RedisClient, Promise<unknown>>();

  return {
    lua,
    async run(connection, keys, args, options) {
      checkObject(ACTION, "connection", connection, ["send"]);
      const texts = toArguments(ACTION, "keys", keys);
      const rest = [String(texts.length), ...texts, ...toArguments(ACTION, "args", args)];
      const timeoutMs = options === undefined ? connection.timeoutMs : timeoutOf(connection, options);
      let isOver = false;
      /** All that it takes has one budget. */
      const budget = new Budget(timeoutMs, () => {
        isOver = true;
      });
      const send = (command: string, what: string): Promise<unknown> => {
        if (isOver) throw overtime(command, timeoutMs);
        return connection.send([command, what, ...rest], { timeoutMs: budget.leftMs, key: texts[0] });
      };
      try {
        return read(await runByName(connection.client, send, budget));
      } finally {
        budget.end();
      }
    },
  };

  async function runByName(client: RedisClient, send: Send, budget: Budget): Promise<unknown> {
    name ??= await sha1(lua);
    for (let mayWait = true; ; ) {
      try {
        return await send("EVALSHA", name);
      } catch (error) {
        if (replyCode(error) !== "NOSCRIPT") throw error;
      }
      const other = mayWait ? loading.get(client) : undefined;
      // Another call loads it, to this node or to another one of the cluster. Where that fails, each has to try for itself.
      if (other === undefined) return load(client, send("EVAL", lua));
      mayWait = await isDone(other, budget.leftMs);
    }
  }

  async function load(client: RedisClient, loaded: Promise<unknown>): Promise<unknown> {
    loading.set(client, loaded);
    try {
      return await loaded;
    } finally {
      if (loading.get(client) === loaded) loading.delete(client);
    }
  }
}

function timeoutOf(connection: RedisConnection, options: Pick<SendOptions, "timeoutMs">): number {
  const { timeoutMs = connection.timeoutMs } = checkOptions(ACTION, "options", options, NAMES);
  return checkNumber(ACTION, "timeoutMs", timeoutMs, { above: 0, orInfinity: true });
}

/** Sends a command about what is either the name of the script or its text. */
type Send = (command: "EVALSHA" | "EVAL", what: string) => Promise<unknown>;

/** Whether a promise is fulfilled; false also when that takes too long. */
function isDone(promise: Promise<unknown>, withinMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const budget = new Budget(withinMs, () => resolve(false));
    const settle = (isFulfilled: boolean): void => {
      budget.end();
      resolve(isFulfilled);
    };
    promise.then(
      () => settle(true),
      () => settle(false),
    );
  });
}
