import { describe, inject } from "vitest";
import { findRedis } from "./redis-server.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The Redis server that all tests share, each with keys of its own. Undefined: there is none. */
    readonly redisUrl: string | undefined;
  }
}

type DescribeSome = ReturnType<typeof describe.skipIf>;

/** Whether there is a server that all tests share. */
export const hasRedis: boolean = inject("redisUrl") !== undefined;

/** The server that all tests share. Give your keys names of your own: {@link uniqueName}. */
export const redisUrl: string = inject("redisUrl") ?? "redis://there-is-none";

/** A `describe` for tests on the shared server. Skipped where there is none, which is said once, and fails in CI. */
export const describeWithRedis: DescribeSome = describe.skipIf(!hasRedis);

/** A `describe` for tests that start servers of their own, to kill or to freeze them. */
export const describeWithOwnRedis: DescribeSome = describe.skipIf(findRedis() === undefined);

/** A name that no other test, and no other run of this one, uses on the shared server. */
export function uniqueName(): string {
  return `test-${crypto.randomUUID()}`;
}
