/**
 * A key that {@link DedupStore.acquire} gave to one owner. Nobody else renews or releases it; once it has ended, by
 * its time, a release or a bump of the generation, whatever its former owner does changes nothing.
 */
export interface Hold {
  /**
   * Lets the hold last `ms` from now on, be that longer or shorter than before.
   *
   * @param ms - Milliseconds, whole or fractional.
   * @returns false when the hold has ended. It is not taken anew, even if the key is free.
   */
  renew(ms: number): Promise<boolean>;
  /**
   * Ends the ownership. The key stays taken for exactly `remainingMs` from now, and is free afterwards; 0 frees it at
   * once. Only the first release counts, and none does once the hold has ended.
   *
   * @param remainingMs - Milliseconds, whole or fractional.
   */
  release(remainingMs: number): Promise<void>;
}

/**
 * Knows which keys are taken, for one processor or for many that should not do the same work twice. The
 * {@link MemoryDedupStore} knows it for one process, the `RedisDedupStore` of `@disp/background/redis` for all that share
 * a Redis. For another database write your own: its two methods and those of {@link Hold} have to be atomic, and every hold
 * has to end by itself at its time.
 *
 * A method that rejects says that the store is away; `whenStoreFails` decides what a processor does then. By default it
 * does without, and tells the console.
 */
export interface DedupStore {
  /**
   * Takes a key, if it is free: never held, released, held until exactly now or earlier, or held in an older
   * generation.
   *
   * @param key - Any string, the empty one included.
   * @param holdMs - Milliseconds until the hold ends by itself, whole or fractional.
   * @returns The hold, or undefined when somebody has it.
   */
  acquire(key: string, holdMs: number): Promise<Hold | undefined>;
  /**
   * Starts the next generation: all keys are free, and all holds taken before have ended, wherever they are.
   *
   * @returns The number of the new generation.
   */
  bumpGeneration(): Promise<number>;
}
