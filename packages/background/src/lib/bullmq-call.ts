import { RedisConnection, RedisUnavailableError } from "@disp/redis";

/**
 * Waits for BullMQ no longer than told. What BullMQ has begun may still happen: it has no way back.
 *
 * To a {@link RedisConnection}, BullMQ is a client: it knows how to count the time, and which errors mean that Redis is away.
 *
 * @param command - What is done, for the message.
 * @throws RedisUnavailableError when the time is over, there is no connection, or the server cannot serve now.
 */
export function withinBudget<Result>(command: string, timeoutMs: number, call: Promise<Result>): Promise<Result> {
  const connection = new RedisConnection({ client: { send: () => call }, timeoutMs });
  return connection.send([command]).then(
    (result) => result as Result,
    (error: unknown) => {
      throw blamesArguments(error) ? error.cause : error;
    },
  );
}

/** BullMQ refuses arguments before it sends them: that says nothing of Redis. */
function blamesArguments(error: unknown): error is RedisUnavailableError {
  if (!(error instanceof RedisUnavailableError)) return false;
  return error.cause instanceof TypeError || error.cause instanceof RangeError;
}
