import { shareNothing, type Sharing } from "./sharing.ts";

/** The client of Redis is loaded only when there is a Redis. */
export async function openSharing(redisUrl: string | undefined, table: string): Promise<Sharing> {
  if (redisUrl === undefined || redisUrl === "") return shareNothing();
  const { shareThroughRedis } = await import("./redis-sharing.ts");
  return shareThroughRedis(redisUrl, table);
}
