import { Holdings } from "./holdings.ts";
import type { StreamEntry } from "./stream-entry.ts";
import { StreamErrors } from "./stream-errors.ts";
import { normalize, type RedisStreamSourceOptions } from "./stream-options.ts";
import { StreamReader } from "./stream-reader.ts";

/**
 * The entries of a Redis stream, read as one consumer of a group, for `Dispatcher.process` and `Dispatcher.consume`: an
 * entry is acknowledged once its send has succeeded, and handed out again when it was not delivered or when the process has
 * died. Several processes, each with a `consumer` of its own, share the entries of a group.
 *
 * Take it when the producer is another process, or when items must survive a crash. Needs Redis 6.2 or later.
 *
 * Delivery is at least once: an entry may come twice after a crash, a lost connection or a stall that was longer than
 * `stalledAfterMs`, so make `send` idempotent. None is lost while Redis keeps its data, and one that fails again and again
 * ends among the dead letters, with what is known about it in the fields `dead:id`, `dead:stream`, `dead:group`,
 * `dead:deliveries`, `dead:reason` and `dead:error`.
 *
 * It can be iterated over by hand, too; then call `acknowledge` or `reject` of each entry, for until then it stays in the
 * hands of this consumer.
 *
 * **Ordering**: first what this consumer had in its hands before it was started again, then what others have deserted,
 * then new entries; each in the order of the stream. What comes again comes out of order.
 *
 * **Fairness**: each entry goes to one consumer of the group, whichever asks first.
 *
 * **Overflow**: it reads when the dispatcher has room, `batchSize` entries at a time. All others wait in Redis.
 *
 * **Cancellation**: aborting `signal` ends the source, and what was taken from it is still sent and acknowledged; aborting
 * the signal of `process` calls off that, too. What was read and not sent is free for other consumers at once.
 *
 * **Closing**: the blocking read ends with its connection. What is acknowledged later still gets to Redis, for as long as
 * `timeoutMs`; close your client after `drain`.
 *
 * While Redis is away, it waits and tries again, for ever, and tells `onError`. What Redis refuses (a key that is no stream, a
 * missing permission) ends it with that error.
 *
 * @throws TypeError or RangeError when an option is wrong; the message names its path, the rule and the value. TypeError
 * when it is iterated over by two at the same time.
 *
 * @example
 * ```ts redis
 * import { Dispatcher } from "@disp/core";
 * import { redisStreamSource } from "@disp/core/redis";
 * import { Redis } from "ioredis";
 *
 * const client = new Redis(process.env["REDIS_URL"] ?? "redis://localhost");
 * for (const user of ["ann", "bob"]) await client.xadd("example:signups", "*", "user", user);
 *
 * const stop = new AbortController();
 * const welcomed: (string | undefined)[] = [];
 * const source = redisStreamSource({
 *   client,
 *   stream: "example:signups",
 *   group: "mailer",
 *   consumer: "mailer-1",
 *   signal: stop.signal,
 * });
 * const summary = await Dispatcher.process(source, {
 *   batch: { maxItems: 100, maxAgeMs: 0 },
 *   send({ items }) {
 *     welcomed.push(...items.map(({ fields }) => fields["user"]));
 *     if (welcomed.length === 2) stop.abort(); // in earnest, when the platform says so
 *   },
 * });
 *
 * welcomed; // => ["ann", "bob"]
 * summary.delivered; // => 2
 * await client.del("example:signups");
 * client.disconnect();
 * ```
 */
export function redisStreamSource(options: RedisStreamSourceOptions): AsyncIterable<StreamEntry> {
  const resolved = normalize(options);
  const errors = new StreamErrors(resolved.stream, resolved.onError);
  const holdings = new Holdings(resolved, errors);
  let isRead = false;

  return {
    [Symbol.asyncIterator](): StreamReader {
      if (isRead) {
        throw new TypeError("Cannot iterate over a stream source: it must have one reader at a time, got a second one");
      }
      isRead = true;
      holdings.settlements.open();
      return new StreamReader({
        options: resolved,
        holdings,
        errors,
        onEnd() {
          isRead = false;
          holdings.settlements.close();
          errors.tell();
        },
      });
    },
  };
}
