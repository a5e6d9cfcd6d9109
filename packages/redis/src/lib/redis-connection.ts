import { checkNumber, checkObject } from "@disp/options";
import { Budget, overtime } from "./budget.ts";
import { type Dialect, dialectOf } from "./dialect.ts";
import { RedisUnavailableError } from "./errors.ts";
import { Readiness } from "./readiness.ts";
import type { RedisClient } from "./redis-client.ts";
import { cannotServe, replyCode } from "./reply-error.ts";

/** Options of a {@link RedisConnection}. */
export interface RedisConnectionOptions {
  /** A client of ioredis or node-redis, made and closed by you. */
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

const LONGEST_DELAY_MS = 2 ** 31 - 1;
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
    const { client, timeoutMs = REDIS_CONNECTION_DEFAULTS.timeoutMs } = checkObject(action, "options", options);
    this.#dialect = dialectOf(action, client);
    this.timeoutMs = checkNumber(action, "timeoutMs", timeoutMs, { above: 0, orInfinity: true });
    this.client = client;
    this.isCluster = this.#dialect.isCluster;
    const readiness = readinessOf.get(client) ?? new Readiness(this.#dialect);
    readinessOf.set(client, readiness);
    this.#readiness = readiness;
  }

  /**
   * Sends a command.
   *
   * @param args - The command and its arguments.
   * @returns The reply: strings, numbers, null, and arrays of them. Clients differ in what they make of maps.
   * @throws RedisUnavailableError when there is no answer in time, or none to be had; the error of the client when the
   * server refuses the command.
   */
  send(args: readonly string[], options: SendOptions = {}): Promise<unknown> {
    const { key, timeoutMs = this.timeoutMs } = options;
    const [command = ""] = args;
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        this.#begin([...args], key, timeoutMs).then(
          (reply) => {
            budget.end();
            resolve(reply);
          },
          (error: unknown) => {
            budget.end();
            reject(toUnavailable(command, error));
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
    return { connection: new RedisConnection({ client, timeoutMs }), close: () => twin.close() };
  }

  /** Clients may also throw. */
  async #begin(args: string[], key: string | undefined, timeoutMs: number): Promise<unknown> {
    return this.#dialect.send(args, key, Math.ceil(Math.min(timeoutMs, LONGEST_DELAY_MS)));
  }
}

/** Errors of the server about the command itself stay as they are. */
function toUnavailable(command: string, error: unknown): unknown {
  const code = replyCode(error);
  if (code !== undefined) {
    return cannotServe(code) ? new RedisUnavailableError(command, "server", `the error ${code}`, error) : error;
  }
  return new RedisUnavailableError(command, "connection", "no connection", error);
}
