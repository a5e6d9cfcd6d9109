import { MissingServerError } from "./missing-server-error.ts";
import type { OwnServer } from "./own-server.ts";
import { findPostgres, startPostgres } from "./postgres-server.ts";
import { findRedis, startRedis } from "./redis-server.ts";

/** What several gateways need. */
export interface Servers {
  readonly databaseUrl: string;
  readonly redisUrl: string;
  /** Ends those that were started here. */
  stop(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Start = () => Promise<OwnServer>;

/**
 * Takes the servers that are given, and starts those that are not.
 *
 * @throws MissingServerError, in one line, before anything was started.
 */
export async function openServers({ DATABASE_URL, REDIS_URL }: Environment): Promise<Servers> {
  const starts = [postgres(DATABASE_URL), redis(REDIS_URL)];
  const missing = starts.filter((start) => typeof start === "string");
  if (missing.length > 0) throw new MissingServerError(`Several gateways need ${missing.join(", and ")}.`);
  const settled = await Promise.allSettled(starts.map((start) => (start as Start)()));
  const [database, shared] = settled.map((each) => (each.status === "fulfilled" ? each.value : undefined));
  const stop = async (): Promise<void> => {
    await Promise.all([database?.stop(), shared?.stop()]);
  };
  if (database !== undefined && shared !== undefined) return { databaseUrl: database.url, redisUrl: shared.url, stop };
  await stop();
  throw settled.find((each) => each.status === "rejected")?.reason;
}

/** How to get one, or what is missing. */
function postgres(url = ""): Start | string {
  if (url !== "") return () => Promise.resolve(given(url));
  const programs = findPostgres();
  if (programs !== undefined) return () => startPostgres(programs);
  return "PostgreSQL: set DATABASE_URL, or install it (Debian: apt-get install postgresql)";
}

function redis(url = ""): Start | string {
  if (url !== "") return () => Promise.resolve(given(url));
  const program = findRedis();
  if (program !== undefined) return () => startRedis(program);
  return "Redis: set REDIS_URL, or install it (Debian: apt-get install redis-server)";
}

function given(url: string): OwnServer {
  return { url, stop: () => Promise.resolve() };
}
