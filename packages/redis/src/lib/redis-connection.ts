import { checkNumber, checkOptions, checkText, type OptionNames, show } from "@disp/options";
import { toArguments } from "./arguments.ts";
import { Budget, LONGEST_DELAY_MS, overtime } from "./budget.ts";
import { type Dialect, dialectOf } from "./dialect.ts";
import { RedisUnavailableError } from "./errors.ts";
import { Readiness } from "./readiness.ts";
import type { RedisClient } from "./redis-client.ts";
import { cannotServe, replyCode } from "./reply-error.ts";

/** Options of a {@link RedisConnection}. */
export interface RedisConnectionOptions {
  /**
   * A client of ioredis or node-redis, made and closed by you; one of node-redis is also connected by you, with
   * `await client.connect()`.
   */
  readonly client: RedisClient;
  /**
   * Milliseconds, greater than 0, within which each call must be answered, connecting included; Infinity = no limit.
   *
   * @defaultValue 1_000
   */
  readonly timeoutMs?: number | undefined;
}

/** What a {@link RedisConnection} does when it is told nothing. */
export const REDIS_CONNECTION_DEFAULTS: {
  /** Milliseconds within which each call must be answered. */
  readonly timeoutMs: number;
} = Object.freeze({ timeoutMs: 1_000 });

/** Options of one call. */
export interface SendOptions {
  /** One of the keys of the command: it leads to the node of a cluster. */
  readonly key?: string | undefined;
  /**
   * Milliseconds within which this call must be answered.
   *
   * @defaultValue that of the connection
   */
  readonly timeoutMs?: number | undefined;
}

/** A connection beside that of the client. */
export interface SecondConnection {
  /** What commands are sent by. */
  readonly connection: RedisConnection;
  /** Ends it at once, whatever is under way. */
  close(): void;
}

const NAMES: OptionNames<RedisConnectionOptions> = { client: true, timeoutMs: true };
const SEND_NAMES: OptionNames<SendOptions> = { key: true, timeoutMs: true };
const TIMEOUT = { above: 0, orInfinity: true };
/** One for each client, whoever uses it. */
const readinessOf = new WeakMap<RedisClient, Readiness>();

/**
 * Any client of Redis, behind one method and with a time budget: a call is answered in time or it fails, whatever the
 * client's own settings for queues, retries and timeouts. Time in which the event loop stands still does not count.
 *
 * A command whose time is over before the client has a connection is never sent. One that was sent may be carried out
 * later, and clients send it again after a lost connection: what you send should bear both.
 *
 * @example
 * ```ts redis
 * import { RedisConnection } from "@disp/redis";
 * import { Redis } from "ioredis";
 *
 * const client = new Redis(process.env["REDIS_URL"] ?? "redis://localhost");
 * const connection = new RedisConnection({ client, timeoutMs: 500 });
 * await connection.send(["SET", "greeting", "hello"], { key: "greeting" }); // => "OK"
 * await connection.send(["GET", "greeting"], { key: "greeting" }); // => "hello"
 * client.disconnect();
 * ```
 */
export class RedisConnection {
  /** Whether the keys of one call must have one slot. */
  readonly isCluster: boolean;
  /** The client it was given. */
  readonly client: RedisClient;
  /** Milliseconds within which each call must be answered. */
  readonly timeoutMs: number;
  readonly #dialect: Dialect;
  readonly #readiness: Readiness;

  /** @throws TypeError or RangeError when an option is wrong; the message names its path, the rule and the value. */
  constructor(options: RedisConnectionOptions) {
    const action = "create a RedisConnection";
    checkOptions(action, "options", options, NAMES);
    const { client, timeoutMs = REDIS_CONNECTION_DEFAULTS.timeoutMs } = options;
    // It can send, too, but not so.
    if (isConnection(client)) {
      const rule = "client must be one of ioredis or node-redis";
      throw new TypeError(`Cannot ${action}: ${rule}, got a RedisConnection: take its client`);
    }
    this.#dialect = dialectOf(action, client);
    this.timeoutMs = checkNumber(action, "timeoutMs", timeoutMs, TIMEOUT);
    this.client = client;
    this.isCluster = this.#dialect.isCluster;
    const readiness = readinessOf.get(client) ?? new Readiness(this.#dialect);
    readinessOf.set(client, readiness);
    this.#readiness = readiness;
  }

  /**
   * Sends a command.
   *
   * @param args - The command and its arguments, in one array: `["SET", "greeting", "hello"]`.
   * @returns The reply: strings, numbers, null, and arrays of them. Clients differ in what they make of maps.
   * @throws RedisUnavailableError when there is no answer in time, or none to be had; the error of the client when the
   * server refuses the command; TypeError or RangeError when an argument or an option is wrong. All as rejections.
   */
  send(args: readonly string[], options?: SendOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const copy = toArguments("send a command", "args", args);
      const [command] = copy;
      if (command === undefined) {
        throw new TypeError(`Cannot send a command: args must name a command, got ${show(args)}`);
      }
      const { key, timeoutMs = this.timeoutMs } = options === undefined ? {} : checkSend(options);
      const begin = (): void => {
        this.#begin(copy, key, timeoutMs).then(
          (reply) => {
            budget.end();
            resolve(reply);
          },
          (error: unknown) => {
            budget.end();
            reject(toUnavailable(command, error, this.#dialect.hint?.()));
          },
        );
      };
      const budget = new Budget(timeoutMs, () => {
        this.#readiness.leave(begin);
        reject(overtime(command, timeoutMs));
      });
      this.#readiness.whenReady(begin);
    });
  }

  /**
   * Opens a second connection with the settings of the client, for commands that block. When it is lost, what is under way
   * fails at once; only clusters may send it again.
   *
   * @throws RedisUnavailableError, as a rejection, when that takes longer than `timeoutMs` or fails; TypeError when the
   * client cannot be duplicated.
   */
  async duplicate(): Promise<SecondConnection> {
    const { timeoutMs } = this;
    const twin = this.#dialect.duplicate();
    const client = await new Promise<RedisClient>((resolve, reject) => {
      const budget = new Budget(timeoutMs, () => {
        twin.close();
        reject(overtime("a second connection", timeoutMs));
      });
      twin.opened
        .then(resolve, (error: unknown) => {
          twin.close();
          reject(toUnavailable("a second connection", error));
        })
        .finally(() => budget.end());
    });
    return { connection: create({ client, timeoutMs }), close: () => twin.close() };
  }

  /** Clients may also throw. */
  async #begin(args: string[], key: string | undefined, timeoutMs: number): Promise<unknown> {
    return this.#dialect.send(args, key, Math.ceil(Math.min(timeoutMs, LONGEST_DELAY_MS)));
  }
}

/** Outside of the class, for bundlers rename a class that names itself. */
function isConnection(value: unknown): boolean {
  return value instanceof RedisConnection;
}

function checkSend(options: SendOptions): SendOptions {
  const { key, timeoutMs } = checkOptions("send a command", "options", options, SEND_NAMES);
  if (key !== undefined) checkText("send a command", "key", key);
  if (timeoutMs !== undefined) checkNumber("send a command", "timeoutMs", timeoutMs, TIMEOUT);
  return options;
}

/** Errors of the server about the command itself stay as they are. */
function toUnavailable(command: string, error: unknown, hint = ""): unknown {
  const code = replyCode(error);
  if (code !== undefined) {
    return cannotServe(code) ? new RedisUnavailableError(command, "server", show(error), error) : error;
  }
  return new RedisUnavailableError(command, "connection", show(error) + hint, error);
}

/** Outside of the class, for bundlers rename a class that names itself. */
function create(options: RedisConnectionOptions): RedisConnection {
  return new RedisConnection(options);
}
