import {
  checkFunction,
  checkNumber,
  checkOptions,
  type OptionNames,
  checkBoolean,
  checkSignal,
  checkText,
  NOT_EMPTY,
  show,
} from "@disp/options";
import { keySlot, type RedisClient, RedisConnection } from "@disp/redis";

/** Options of {@link redisStreamSource}. */
export interface RedisStreamSourceOptions {
  /** A client of ioredis or node-redis, made and closed by you. A second connection like it is opened for the reading. */
  readonly client: RedisClient;
  /** The key of the stream. */
  readonly stream: string;
  /** The consumer group: each entry goes to one of its consumers. */
  readonly group: string;
  /**
   * This consumer. No two that run at the same time may have one name; one that is started again should have its former
   * one, for it begins with what it had in its hands then.
   */
  readonly consumer: string;
  /**
   * The most entries read at once, at least 1: so many may wait here, besides those in the dispatcher.
   *
   * @defaultValue 100
   */
  readonly batchSize?: number | undefined;
  /**
   * The most milliseconds, at least 1, that one read waits for entries. It delays no entry. Keep it below the timeouts for
   * commands and sockets of your client, if you have set some.
   *
   * @defaultValue 5_000
   */
  readonly blockMs?: number | undefined;
  /**
   * Milliseconds, at least 1, after which an entry that nobody cares for is taken over from its consumer, which has died
   * or has rejected it. While one is in the hands of a consumer that lives, however long, that is seen to. It should be
   * longer than any stall of a process or of the network.
   *
   * @defaultValue 60_000
   */
  readonly stalledAfterMs?: number | undefined;
  /**
   * How often an entry is handed out at most, at least 1, before it goes to the dead letters; Infinity = for ever. Redis
   * counts, so one that was lost with a connection on its way counts, too.
   *
   * @defaultValue 5
   */
  readonly maxDeliveries?: number | undefined;
  /**
   * The key of the stream for entries that were handed out `maxDeliveries` times and never acknowledged. It has no time to
   * live and no limit: look after it. Of an entry with more than 3,500 fields there are only notes, with `dead:fields` and
   * `dead:id`: it stays in `stream` itself. In a cluster its slot must be that of `stream`. False = none, and such entries are
   * handed out for ever.
   *
   * @defaultValue `${stream}:dead`; where that has another slot in a cluster, `{${stream}}:dead`
   */
  readonly deadLetter?: string | false | undefined;
  /**
   * Whether the group, and with it the stream, is made when there is none. When a group is lost while it is read, it is
   * made anew from the beginning of the stream, so that nothing is left out.
   *
   * @defaultValue true
   */
  readonly createGroup?: boolean | undefined;
  /**
   * Where a new group begins: `"0"` = at the beginning of the stream, `"$"` = with what is added from now on, or after an
   * entry with this id.
   *
   * @defaultValue "0"
   */
  readonly from?: string | undefined;
  /**
   * Milliseconds, greater than 0, within which Redis must answer each call; Infinity = no limit. Once the source is
   * closed, so long it tries to tell Redis of the last entries.
   *
   * @defaultValue 1_000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Told whenever Redis is away or a call fails that is tried again. Nothing is lost by it.
   *
   * @defaultValue a `console.warn`, at most one every ten seconds
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** When aborted: the source ends, as if the stream had an end. What was taken from it may still be acknowledged. */
  readonly signal?: AbortSignal | undefined;
}

/** What {@link redisStreamSource} does when it is told nothing. */
export const REDIS_STREAM_SOURCE_DEFAULTS: {
  readonly [Name in "batchSize" | "blockMs" | "stalledAfterMs" | "maxDeliveries" | "createGroup" | "from"]: NonNullable<
    RedisStreamSourceOptions[Name]
  >;
} = Object.freeze({
  batchSize: 100,
  blockMs: 5_000,
  stalledAfterMs: 60_000,
  maxDeliveries: 5,
  createGroup: true,
  from: "0",
});

/** Options as the source uses them: complete and checked. */
export interface ResolvedStreamOptions {
  readonly connection: RedisConnection;
  readonly stream: string;
  readonly group: string;
  readonly consumer: string;
  readonly batchSize: number;
  readonly blockMs: number;
  readonly stalledAfterMs: number;
  readonly maxDeliveries: number;
  /** Undefined = none: entries are handed out for ever. */
  readonly deadLetter: string | undefined;
  readonly createGroup: boolean;
  readonly from: string;
  readonly onError: ((error: unknown) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

const ACTION = "create a stream source";
const COUNT = { whole: true, min: 1 };
const NAMES: OptionNames<RedisStreamSourceOptions> = {
  client: true,
  stream: true,
  group: true,
  consumer: true,
  batchSize: true,
  blockMs: true,
  stalledAfterMs: true,
  maxDeliveries: true,
  deadLetter: true,
  createGroup: true,
  from: true,
  timeoutMs: true,
  onError: true,
  signal: true,
};
const START = { rule: '"0", "$" or the id of an entry', pattern: /^(\$|\d+(-\d+)?)$/ };

export function normalize(options: RedisStreamSourceOptions): ResolvedStreamOptions {
  checkOptions(ACTION, "options", options, NAMES);
  const defaults = REDIS_STREAM_SOURCE_DEFAULTS;
  const { client, timeoutMs, onError, maxDeliveries = defaults.maxDeliveries } = options;
  const { batchSize = defaults.batchSize, blockMs = defaults.blockMs } = options;
  const {
    stalledAfterMs = defaults.stalledAfterMs,
    createGroup = defaults.createGroup,
    from = defaults.from,
  } = options;
  const connection = new RedisConnection({ client, timeoutMs });
  const stream = checkText(ACTION, "stream", options.stream, NOT_EMPTY);
  checkNumber(ACTION, "maxDeliveries", maxDeliveries, { ...COUNT, orInfinity: true });
  return {
    connection,
    stream,
    group: checkText(ACTION, "group", options.group, NOT_EMPTY),
    consumer: checkText(ACTION, "consumer", options.consumer, NOT_EMPTY),
    batchSize: checkNumber(ACTION, "batchSize", batchSize, COUNT),
    blockMs: checkNumber(ACTION, "blockMs", blockMs, COUNT),
    stalledAfterMs: checkNumber(ACTION, "stalledAfterMs", stalledAfterMs, COUNT),
    maxDeliveries,
    deadLetter:
      maxDeliveries === Infinity ? undefined : deadLetterKey(stream, options.deadLetter, connection.isCluster),
    createGroup: checkBoolean(ACTION, "createGroup", createGroup),
    from: checkText(ACTION, "from", from, START),
    onError: onError === undefined ? undefined : checkFunction(ACTION, "onError", onError),
    signal: checkSignal(ACTION, "signal", options.signal),
  };
}

/** One script moves an entry there, so in a cluster both keys must have one slot. */
function deadLetterKey(stream: string, given: string | false | undefined, isCluster: boolean): string | undefined {
  if (given === false) return undefined;
  const candidates =
    given === undefined ? [`${stream}:dead`, `{${stream}}:dead`] : [checkText(ACTION, "deadLetter", given, NOT_EMPTY)];
  const key = candidates.find((name) => !isCluster || keySlot(name) === keySlot(stream));
  if (key !== undefined && key !== stream) return key;
  const rule = key === stream ? "another stream" : `a key in the slot of ${show(stream)}`;
  throw new RangeError(`Cannot ${ACTION}: deadLetter must be ${rule}, got ${show(given)}`);
}
