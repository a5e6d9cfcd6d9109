import { RedisUnavailableError } from "@disp/redis";

/** Replies of the server begin with a word in capitals; clients do not word their own errors so. */
const REPLY = /^-?([A-Z][A-Z0-9_]*)\s/u;
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/**
 * Waits for BullMQ no longer than told. What BullMQ has begun may still happen: it has no way back.
 *
 * @param command - What is done, for the message.
 * @throws RedisUnavailableError when the time is over or there is no connection.
 */
export function withinBudget<Result>(command: string, timeoutMs: number, call: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new RedisUnavailableError(command, "timeout", `nothing within ${timeoutMs} ms`));
    const timer = timeoutMs === Infinity ? undefined : setTimeout(giveUp, Math.min(timeoutMs, LONGEST_DELAY_MS));
    call.then(
      (result) => {
        clearTimeout(timer);
        resolve(result);
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(toUnavailable(command, error));
      },
    );
  });
}

/** What is wrong with the arguments, or what the server says about the command itself, stays as it is. */
function toUnavailable(command: string, error: unknown): unknown {
  if (error instanceof TypeError || error instanceof RangeError) return error;
  const code = error instanceof Error ? REPLY.exec(error.message)?.[1] : undefined;
  if (code === undefined) return new RedisUnavailableError(command, "connection", "no connection", error);
  return CANNOT_SERVE.has(code) ? new RedisUnavailableError(command, "server", `the error ${code}`, error) : error;
}

/** Replies of a server that is there and cannot serve now. */
const CANNOT_SERVE = new Set([
  "BUSY",
  "CLUSTERDOWN",
  "LOADING",
  "MASTERDOWN",
  "MISCONF",
  "NOREPLICAS",
  "OOM",
  "READONLY",
  "TRYAGAIN",
  "UNBLOCKED",
]);
