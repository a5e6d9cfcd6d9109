import { load } from "../contender-source.ts";

// What the cases of limiters use of the peers.

export interface Bucket {
  tryRemoveTokens(count: number): boolean;
  removeTokens(count: number): Promise<number>;
}

interface BucketOptions {
  bucketSize: number;
  tokensPerInterval: number;
  interval: number;
  parentBucket?: TokenBucket;
}

export interface TokenBucket extends Bucket {
  content: number;
}

export interface LimiterModule {
  readonly TokenBucket: new (options: BucketOptions) => TokenBucket;
  readonly RateLimiter: new (options: { tokensPerInterval: number; interval: number }) => Bucket;
}

export interface MemoryLimiter {
  consume(key: string): Promise<unknown>;
  delete(key: string): Promise<boolean>;
}

export interface FlexibleModule {
  readonly RateLimiterMemory: new (options: { points: number; duration: number; keyPrefix?: string }) => MemoryLimiter;
  readonly RateLimiterUnion: new (...limiters: readonly MemoryLimiter[]) => { consume(key: string): Promise<unknown> };
}

export interface Neck {
  schedule(task: () => Promise<number>): Promise<number>;
  check(): Promise<boolean>;
  chain(other: Neck): Neck;
  disconnect(): Promise<void>;
}

export interface BottleneckModule {
  readonly default: new (options: { reservoir: number }) => Neck;
}

export interface ThrottleModule {
  readonly default: (options: {
    limit: number;
    interval: number;
  }) => (task: (item: number) => number) => (item: number) => Promise<number>;
}

/** Says what to do; how it ends is known when it was run. */
export type Consume = Readonly<Record<"consume", unknown>>;

export interface EffectModule {
  readonly Effect: {
    runSync(make: MakeLimiter): EffectLimiter;
    runSyncExit(effect: Consume): { readonly _tag: "Success" | "Failure" };
    runPromise(effect: Consume): Promise<unknown>;
    provide(make: MakeLimiter, store: Readonly<Record<"store", unknown>>): MakeLimiter;
  };
}

type MakeLimiter = Readonly<Record<"make", unknown>>;

interface EffectLimiterModule {
  readonly make: MakeLimiter;
  readonly layerStoreMemory: Readonly<Record<"store", unknown>>;
}

interface EffectLimiter {
  consume(options: {
    algorithm: "token-bucket" | "fixed-window";
    onExceeded: "delay" | "fail";
    window: number;
    limit: number;
    key: string;
  }): Consume;
}

/** That of `effect`, whose limiters are a module of their own. */
export async function effectLimiter({ Effect }: EffectModule): Promise<EffectLimiter> {
  const limiters = (await load("effect/persistence/RateLimiter")) as EffectLimiterModule;
  return Effect.runSync(Effect.provide(limiters.make, limiters.layerStoreMemory));
}

/** So much that a real clock never runs out of tokens: what is allowed is known then. */
export const PLENTY = { ratePerSecond: 1e9, burst: 1e6 } as const;

/** Next to nothing: whoever comes second is refused, and waits for hours. */
export const NOTHING = { ratePerSecond: 0.000_01, burst: 1 } as const;

/** For {@link NOTHING}, where a limit is so many per interval. */
export const DAY_MS = 86_400_000;

/** Answers that come as promises are waited for so many at a time. */
export const WINDOW = 1_000;

/** `limiter`'s buckets start empty. */
export function fill(bucket: Bucket, tokens: number): void {
  while (!bucket.tryRemoveTokens(tokens)) continue;
}
