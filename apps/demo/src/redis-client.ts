import { Redis } from "ioredis";

/**
 * A client for as long as the gateway runs. It connects again by itself, as often as it takes; those who use it give each
 * call a time, so nobody waits for that.
 */
export function connectRedis(url: string): Redis {
  const client = new Redis(url);
  let isAway = false;
  // Without a listener each failed attempt would be printed.
  client.on("error", (error: Error) => {
    if (!isAway) console.error(`Redis is away: ${reasonOf(error)}. Events are stored; rows and reports come later.`);
    isAway = true;
  });
  client.on("ready", () => {
    if (isAway) console.error("Redis is back.");
    isAway = false;
  });
  return client;
}

/** Several addresses that all fail are an error without a message. */
function reasonOf(error: Error & { readonly code?: string }): string {
  return error.message === "" ? (error.code ?? error.name) : error.message;
}
