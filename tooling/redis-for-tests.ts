import type { TestProject } from "vitest/node";
import { findRedis, startRedis } from "./redis-server.ts";

const ABSENT =
  "SKIPPED: all tests that need Redis. Put redis-server into PATH (on Debian: apt-get install redis-server), or set REDIS_URL.";

/** Before all tests: takes the server of `REDIS_URL` or starts one, which is ended after them. */
export default async function prepareRedis(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env["REDIS_URL"];
  if (given !== undefined) {
    project.provide("redisUrl", given);
    return undefined;
  }
  if (findRedis() === undefined) {
    if (process.env["CI"] !== undefined) throw new Error(ABSENT);
    console.warn(`\n${ABSENT}\n`);
    project.provide("redisUrl", undefined);
    return undefined;
  }
  const server = await startRedis();
  project.provide("redisUrl", server.url);
  return () => server.stop();
}
