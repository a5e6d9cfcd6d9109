import { callHook } from "@disp/hooks";
import { RedisUnavailableError } from "@disp/redis";
import type { Asker, Buckets, RemoteBuckets } from "./buckets.ts";
import type { Outcome } from "./outcome.ts";

/** Told when Redis goes and when it is back. */
export type FallbackHook = (state: "away" | "back", error?: RedisUnavailableError) => void;

/** What one asked of Redis, so that another can be asked instead. */
type Ask = (buckets: Buckets, asker: Asker) => void;

/**
 * Asks Redis, and from its first failure on the buckets of this process, without waiting for Redis again: while it is
 * away, a probe now and then, which nobody waits for, finds out whether it is back for the key that it failed for.
 */
export class FallbackBuckets implements Buckets {
  readonly #redis: RemoteBuckets;
  readonly #local: Buckets;
  readonly #probeMs: number;
  readonly #hook: FallbackHook | undefined;
  #isAway = false;
  /** In a cluster other keys may be on nodes that are well. */
  #failedKey = "";
  #isProbing = false;
  #probeAt = -Infinity;

  constructor(redis: RemoteBuckets, local: Buckets, probeMs: number, hook: FallbackHook | undefined) {
    this.#redis = redis;
    this.#local = local;
    this.#probeMs = probeMs;
    this.#hook = hook;
  }

  take(key: string, n: number, asker: Asker): void {
    this.#ask(key, asker, (buckets, who) => buckets.take(key, n, who));
  }

  takeUpTo(key: string, n: number, count: number, asker: Asker): void {
    this.#ask(key, asker, (buckets, who) => buckets.takeUpTo(key, n, count, who));
  }

  giveBack(key: string, tokens: number, tickets: readonly string[]): Promise<void> {
    return this.#redis.giveBack(key, tokens, tickets);
  }

  #ask(key: string, asker: Asker, ask: Ask): void {
    if (this.#isAway) {
      ask(this.#local, asker);
      this.#probe();
      return;
    }
    ask(this.#redis, {
      answer: (outcome: Outcome, place: number) => asker.answer(outcome, place),
      fail: (error) => {
        if (!(error instanceof RedisUnavailableError)) {
          asker.fail(error);
          return;
        }
        this.#leave(key, error);
        ask(this.#local, asker);
      },
    });
  }

  #leave(key: string, error: RedisUnavailableError): void {
    if (this.#isAway) return;
    this.#failedKey = key;
    this.#isAway = true;
    this.#probeAt = performance.now() + this.#probeMs;
    callHook(() => this.#hook?.("away", error), undefined);
  }

  #probe(): void {
    if (this.#isProbing || performance.now() < this.#probeAt) return;
    this.#isProbing = true;
    this.#redis.probe(this.#failedKey).then(
      () => {
        this.#isProbing = false;
        this.#isAway = false;
        callHook(() => this.#hook?.("back"), undefined);
      },
      () => {
        this.#isProbing = false;
        this.#probeAt = performance.now() + this.#probeMs;
      },
    );
  }
}
