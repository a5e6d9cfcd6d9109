import { checkNumber } from "@disp/options";
import { type CoalescedScript, RedisUnavailableError, type RunGroup } from "@disp/redis";
import type { Hold } from "./dedup-store.ts";
import { acquireArg, releaseArg, renewArg, YES } from "./redis-dedup-script.ts";

const MS = { min: 0 };

/** A hold in Redis, and the way to it. It knows nothing of whether it lasts: only Redis does. */
export class RedisHold implements Hold {
  readonly #script: CoalescedScript;
  readonly #group: RunGroup;
  /** Its name in Redis. */
  readonly #key: string;
  /** Tells it from all other holds of its store. */
  readonly #number: number;

  constructor(script: CoalescedScript, group: RunGroup, key: string, number: number) {
    this.#script = script;
    this.#group = group;
    this.#key = key;
    this.#number = number;
  }

  /** @returns itself, or undefined when somebody has the key. */
  acquire(ms: number): Promise<RedisHold | undefined> {
    return this.#run(acquireArg(ms)).then(
      (answer) => (isYes(answer) ? this : undefined),
      (error: unknown) => {
        this.#takeBack(error);
        throw error;
      },
    );
  }

  renew(ms: number): Promise<boolean> {
    try {
      checkNumber("renew", "ms", ms, MS);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#run(renewArg(ms)).then(isYes);
  }

  release(remainingMs: number): Promise<void> {
    try {
      checkNumber("release", "remainingMs", remainingMs, MS);
    } catch (error) {
      return Promise.reject(error);
    }
    return this.#run(releaseArg(remainingMs)).then(nothing);
  }

  /**
   * A call without a good answer may have been carried out, or may yet be: nobody would release what it has taken. Only a
   * server that cannot serve has surely done nothing.
   */
  #takeBack(error: unknown): void {
    if (error instanceof RedisUnavailableError && error.reason === "server") return;
    this.#run(releaseArg(0)).catch(nothing);
  }

  #run(order: string | number): Promise<unknown> {
    return this.#script.run(this.#group, this.#key, [this.#number, order]);
  }
}

/** Some clients are told to bring numbers as strings. */
function isYes(answer: unknown): boolean {
  return Number(answer) === YES;
}

function nothing(): void {
  // What the script answers to a release tells its owner nothing.
}
