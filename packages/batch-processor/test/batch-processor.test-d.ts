import {
  type BatchMetric,
  BatchProcessor,
  type BatchProcessorOptions,
  type CallContext,
  defaultLaneForKey,
  type KeyLease,
  type KeyLock,
  MemoryKeyLock,
  type Unchanged,
  unchanged,
} from "@disp/batch-processor";
import type { RedisKeyLockOptions } from "@disp/batch-processor/redis";
import { RedisKeyLock } from "@disp/batch-processor/redis";
import type { Cluster, Redis } from "ioredis";
import type { createClient, createCluster } from "redis";
import { describe, expectTypeOf, it } from "vitest";

interface Account {
  balance: number;
}

declare const accounts: BatchProcessor<Account>;
declare const isPoor: boolean;

describe("the resource", () => {
  it("is inferred from load", () => {
    const load = async (key: string): Promise<Account> => ({ balance: key.length });
    expectTypeOf(new BatchProcessor({ load })).toEqualTypeOf<BatchProcessor<Account>>();
    expectTypeOf(new BatchProcessor({ load: () => ({ n: 1 }) })).toEqualTypeOf<BatchProcessor<{ n: number }>>();
  });

  it("is inferred from save", () => {
    const save = (_: string, account: Account): void => console.log(account.balance);
    expectTypeOf(new BatchProcessor({ save })).toEqualTypeOf<BatchProcessor<Account>>();
  });

  it("is what an operation gets", () => {
    void accounts.run("ann", (account) => expectTypeOf(account).toEqualTypeOf<Account>());
  });
});

describe("the result of run", () => {
  it("is that of the operation", () => {
    expectTypeOf(accounts.run("ann", ({ balance }) => balance)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(accounts.run("ann", () => {})).toEqualTypeOf<Promise<void>>();
    expectTypeOf(accounts.run<number>("ann", ({ balance }) => balance)).toEqualTypeOf<Promise<number>>();
    const either = accounts.run("ann", ({ balance }) => (isPoor ? balance : "rich"));
    expectTypeOf(either).toEqualTypeOf<Promise<number | "rich">>();
  });

  it("is that of the promise when the operation is asynchronous", () => {
    expectTypeOf(accounts.run("ann", async ({ balance }) => balance)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(accounts.run("ann", () => Promise.resolve("x"))).toEqualTypeOf<Promise<string>>();
  });

  it("is what unchanged was given", () => {
    expectTypeOf(accounts.run("ann", ({ balance }) => unchanged(balance))).toEqualTypeOf<Promise<number>>();
    expectTypeOf(accounts.run("ann", () => unchanged())).toEqualTypeOf<Promise<undefined>>();
    expectTypeOf(accounts.run("ann", async () => unchanged("x"))).toEqualTypeOf<Promise<string>>();
    const mixed = accounts.run("ann", (account) => (isPoor ? unchanged(account.balance) : (account.balance -= 1)));
    expectTypeOf(mixed).toEqualTypeOf<Promise<number>>();
    const withdrawn = accounts.run("ann", (account) => {
      if (account.balance < 5) return unchanged(false);
      account.balance -= 5;
      return true;
    });
    expectTypeOf(withdrawn).toEqualTypeOf<Promise<boolean>>();
    const later = accounts.run("ann", async (account) => {
      if (account.balance < 5) return unchanged(0);
      return account.balance;
    });
    expectTypeOf(later).toEqualTypeOf<Promise<number>>();
  });

  it("passes through a function that does not know it", () => {
    const change = <R>(key: string, operation: (account: Account) => R): Promise<R> => accounts.run(key, operation);
    expectTypeOf(change("ann", ({ balance }) => balance)).toEqualTypeOf<Promise<number>>();
  });
});

describe("options", () => {
  it("may all be undefined or absent, and load and save may be methods", () => {
    const options: BatchProcessorOptions<Account> = {
      load(key, { signal }): Account {
        return { balance: signal.aborted ? 0 : key.length };
      },
      async save(_key, _account, context) {
        expectTypeOf(context).toEqualTypeOf<CallContext>();
        await Promise.resolve();
      },
      minDurationMs: undefined,
      maxDurationMs: undefined,
      maxOperations: undefined,
      lanes: undefined,
      laneForKey: undefined,
      conflictRetries: undefined,
      isConflict: undefined,
      lock: undefined,
    };
    expectTypeOf(new BatchProcessor(options)).toEqualTypeOf<BatchProcessor<Account>>();
    expectTypeOf(new BatchProcessor<Account>({})).toEqualTypeOf<BatchProcessor<Account>>();
  });

  it("take the default where a lane is chosen", () => {
    expectTypeOf(defaultLaneForKey).toEqualTypeOf<(key: string, lanes: number) => number>();
    expectTypeOf<BatchProcessorOptions<Account>>().toHaveProperty("laneForKey");
  });
});

describe("a lock", () => {
  it("is anything that acquires leases, and hands its token to load and save", () => {
    const lock: KeyLock = {
      async acquire(key, { signal }) {
        expectTypeOf(key).toEqualTypeOf<string>();
        expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
        return { token: 1, isHeld: true, onLost: () => {}, release: () => Promise.resolve() };
      },
    };
    new BatchProcessor({ lock, load: (_, { token }) => expectTypeOf(token).toEqualTypeOf<number | undefined>() });
    new BatchProcessor({ lock: new MemoryKeyLock() });
    expectTypeOf<RedisKeyLock>().toExtend<KeyLock>();
    expectTypeOf<RedisKeyLock["acquire"]>().returns.resolves.toEqualTypeOf<KeyLease>();
    // @ts-expect-error a lock acquires
    new BatchProcessor({ lock: {} });
  });

  it("in Redis takes clients of both kinds", () => {
    expectTypeOf<Redis>().toExtend<RedisKeyLockOptions["client"]>();
    expectTypeOf<Cluster>().toExtend<RedisKeyLockOptions["client"]>();
    expectTypeOf<ReturnType<typeof createClient>>().toExtend<RedisKeyLockOptions["client"]>();
    expectTypeOf<ReturnType<typeof createCluster>>().toExtend<RedisKeyLockOptions["client"]>();
    // @ts-expect-error there is no default client
    new RedisKeyLock({ namespace: "accounts" });
    // @ts-expect-error keys of different things are different keys
    new RedisKeyLock({ client: new Redis() });
  });
});

describe("what surrounds run", () => {
  it("has the types that are promised", () => {
    expectTypeOf(accounts.stop()).toEqualTypeOf<Promise<void>>();
    expectTypeOf(accounts.stop({ timeoutMs: 5 })).toEqualTypeOf<Promise<void>>();
    expectTypeOf(accounts.subscribe((metric) => expectTypeOf(metric).toEqualTypeOf<BatchMetric>())).toEqualTypeOf<
      () => void
    >();
    expectTypeOf(unchanged(5)).toEqualTypeOf<Unchanged<number>>();
    expectTypeOf<BatchProcessor<Account>>().toExtend<AsyncDisposable>();
  });

  it("refuses what is wrong", () => {
    // @ts-expect-error a key is a string
    void accounts.run(5, () => {});
    // @ts-expect-error an account has no name
    void accounts.run("ann", ({ name }) => console.log(name));
    // @ts-expect-error lanes is a number
    new BatchProcessor({ lanes: "4" });
    // An Unchanged is made by unchanged, and by nothing else.
    expectTypeOf<{ readonly value: number }>().not.toExtend<Unchanged<number>>();
  });
});
