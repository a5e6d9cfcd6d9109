import { Alarm } from "@disp/alarm";
import { TimeHeap } from "@disp/heap";
import { show, signalOf } from "@disp/options";
import { RedisUnavailableError } from "@disp/redis";
import { exponentialBackoff, type RetryPolicy } from "@disp/retry";
import type { WaitOptions } from "@disp/sync-queue";
import { ASKING, KeyLine, PAUSING, QUIET } from "./key-line.ts";
import type { KeyLease, KeyLock } from "./key-lock.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { type LeaseHost, RedisKeyLease } from "./redis-key-lease.ts";
import { normalize, type RedisKeyLockOptions } from "./redis-key-lock-options.ts";
import { RedisLockStore } from "./redis-lock-store.ts";
import type { Refusal } from "./redis-lock-script.ts";

const FIRST_PAUSE_MS = 5;
/** For who is next. */
const LONGEST_PAUSE_OF_NEXT_MS = 25;
const MOST_LATE_GRANTS = 3;

/**
 * A {@link KeyLock} for all machines that share a Redis server or cluster. Give one to each `BatchProcessor` that may work
 * on the same keys. For processors in one process there is the `MemoryKeyLock`, which asks nobody.
 *
 * While Redis keeps what it was told, a key has one holder. It does not always: a failover to a replica that has not heard
 * of a lock yet, or a restart without persistence, frees keys that are held. And no lock stops a save that is on its way
 * when its lease ends. What makes it safe is the token: it grows with each holder of a key. When each load writes it to the
 * row, and each save asks for it, the database refuses whoever is late, and the first of two who both have the key. Tokens are microseconds of the server's clock, or one more than
 * the last one if that is more: so they grow even when Redis has lost everything, unless its clock was set back, too.
 *
 * The holder renews its leases each third of `leaseMs`. A holder that dies keeps its keys until `leaseMs` after its last
 * renewal. An evicted key is a lost lock: choose `maxmemory-policy noeviction`.
 *
 * **Ordering**: who waits for a key in one process gets it in the order of the calls.
 *
 * **Fairness**: between processes, a key that becomes free is kept a quarter of a second for the first who was refused
 * while nobody else was; all others ask again now and then, and luck decides.
 *
 * **Cancellation**: a wait that is aborted rejects with `signal.reason` at once. A lock that was on its way is given back.
 * The same holds for a wait that fails, since nobody knows what Redis has done: where even that cannot be sent, the key may
 * stay locked for `leaseMs`, without a holder.
 *
 * **Closing**: nothing has to be closed but the client, by you. A wait keeps the process alive, a lease does not.
 *
 * @example
 * ```ts redis
 * import { RedisKeyLock } from "@disp/batch-processor/redis";
 * import { Redis } from "ioredis";
 *
 * const client = new Redis(process.env["REDIS_URL"] ?? "redis://localhost");
 * const here = new RedisKeyLock({ client, namespace: "example:accounts" });
 * const there = new RedisKeyLock({ client, namespace: "example:accounts" });
 *
 * const lease = await here.acquire("ann");
 * const later = there.acquire("ann");
 * lease.isHeld; // => true
 * await lease.release();
 * (await later).token > lease.token; // => true
 * await (await later).release();
 * client.disconnect();
 * ```
 */
export class RedisKeyLock implements KeyLock {
  readonly #store: RedisLockStore;
  readonly #leaseMs: number;
  readonly #backoff: RetryPolicy;
  readonly #lines = new Map<string, KeyLine>();
  readonly #pausing = new TimeHeap<KeyLine>();
  readonly #alarm = new Alarm(() => this.#ring());
  readonly #keeper: LeaseKeeper;
  readonly #leases: LeaseHost;
  readonly #name = crypto.randomUUID();
  #asked = 0;
  #opened = 0;

  /** @throws TypeError or RangeError when an option is wrong; the message names its path, the rule and the value. */
  constructor(options: RedisKeyLockOptions) {
    const resolved = normalize(options);
    const { leaseMs, retryMs } = resolved;
    const initialMs = Math.min(FIRST_PAUSE_MS, retryMs);
    this.#leaseMs = leaseMs;
    this.#store = new RedisLockStore(resolved);
    this.#backoff = exponentialBackoff({ initialMs, multiplier: 2, maxMs: retryMs, jitter: "equal" });
    this.#keeper = new LeaseKeeper(leaseMs, ({ key, owner }) => this.#store.renew(key, owner));
    this.#leases = { leaseMs, ended: (lease) => this.#ended(lease) };
  }

  /**
   * Waits until the key is free, and takes it.
   *
   * @param key - Any string.
   * @returns The lease. Rejects with `signal.reason` when the wait is aborted.
   * @throws RedisUnavailableError, as a rejection, when Redis has been away for `timeoutMs`, or for `leaseMs` if that is
   * shorter, or when it takes longer than `leaseMs` to answer, three times in a row; TypeError when an argument is of the wrong kind. Any other error comes from the server or the client.
   */
  acquire(key: string, options: WaitOptions = {}): Promise<KeyLease> {
    try {
      if (typeof key !== "string") throw new TypeError(`Cannot acquire: key must be a string, got ${show(key)}`);
      const signal = signalOf("acquire", options);
      signal?.throwIfAborted();
      return this.#wait(key, signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  // --- The line of a key ---

  #wait(key: string, signal: AbortSignal | undefined): Promise<KeyLease> {
    let line = this.#lines.get(key);
    if (line === undefined) {
      line = new KeyLine(key, this.#opened++, this.#left);
      this.#lines.set(key, line);
    }
    const lease = line.waiters.wait(line, { signal });
    if (line.stage === QUIET && line.lease === undefined) this.#ask(line);
    return lease;
  }

  /** Somebody has left the line. */
  readonly #left = (line: KeyLine): void => {
    // An answer that is on its way finds out by itself, and so does a lease that ends.
    if (line.waiters.size > 0 || line.stage !== PAUSING) return;
    this.#pausing.remove(line);
    if (this.#pausing.size === 0) this.#alarm.clear();
    this.#giveUp(line);
  };

  /** Tells the server that this question is over, whatever has become of it, and asks anew for those who still wait. */
  #giveUp(line: KeyLine): void {
    if (line.asker !== undefined) this.#store.release(line.key, line.asker).catch(ignore);
    line.reset();
    this.#askOrForget(line);
  }

  #askOrForget(line: KeyLine): void {
    if (line.waiters.size > 0) this.#ask(line);
    else this.#lines.delete(line.key);
  }

  // --- Questions ---

  #ask(line: KeyLine): void {
    line.stage = ASKING;
    line.asker ??= `${this.#name}:${this.#asked++}`;
    const sentAt = performance.now();
    this.#store.acquire(line.key, line.asker).then(
      (answer) => {
        if (typeof answer === "number") this.#granted(line, answer, sentAt);
        else this.#refused(line, answer);
      },
      (error: unknown) => this.#failed(line, error, sentAt),
    );
  }

  #granted(line: KeyLine, token: number, sentAt: number): void {
    const now = performance.now();
    const { front } = line.waiters;
    const { asker } = line;
    // Everybody has left meanwhile.
    if (front === undefined || asker === undefined) {
      this.#giveUp(line);
      return;
    }
    if (now >= sentAt + this.#leaseMs) {
      this.#grantedTooLate(line);
      return;
    }
    line.lateGrants = 0;
    const lease = new RedisKeyLease(this.#leases, line.key, asker, token, sentAt);
    line.reset();
    line.lease = lease;
    this.#keeper.add(lease, now);
    front.resolve(lease);
  }

  /** It took so long that the lease may have ended: a stall, or else a Redis that is too far away for such leases. */
  #grantedTooLate(line: KeyLine): void {
    line.lateGrants += 1;
    if (line.lateGrants >= MOST_LATE_GRANTS) {
      const got = `${MOST_LATE_GRANTS} answers in a row that took longer than a lease of ${this.#leaseMs} ms`;
      line.lateGrants = 0;
      line.waiters.rejectAll(new RedisUnavailableError("EVALSHA", "timeout", got));
    }
    this.#giveUp(line);
  }

  #refused(line: KeyLine, { waitMs, isNext }: Refusal): void {
    line.awaySince = undefined;
    if (line.waiters.size === 0) this.#giveUp(line);
    else this.#pause(line, isNext ? Math.min(waitMs, LONGEST_PAUSE_OF_NEXT_MS) : waitMs);
  }

  #failed(line: KeyLine, error: unknown, sentAt: number): void {
    line.awaySince ??= sentAt;
    const isAway = error instanceof RedisUnavailableError;
    const isAwayTooLong = performance.now() - line.awaySince >= this.#store.awayMs;
    if (isAway && !isAwayTooLong && line.waiters.size > 0) {
      this.#pause(line, Infinity);
      return;
    }
    line.waiters.rejectAll(error);
    this.#giveUp(line);
  }

  #pause(line: KeyLine, atMostMs: number): void {
    const now = performance.now();
    line.attempts += 1;
    line.stage = PAUSING;
    line.readyAt = now + Math.min(this.#backoff.nextDelayMs(line.attempts) ?? 0, atMostMs);
    this.#pausing.push(line);
    if (line.readyAt < (this.#alarm.at ?? Infinity)) this.#alarm.set(line.readyAt, now);
  }

  #ring(): void {
    const now = performance.now();
    let line = this.#pausing.peek();
    for (; line !== undefined && line.readyAt <= now; line = this.#pausing.peek()) {
      this.#pausing.remove(line);
      this.#ask(line);
    }
    if (line !== undefined) this.#alarm.set(line.readyAt, now);
  }

  // --- The end of a lease ---

  #ended(lease: RedisKeyLease): Promise<void> {
    this.#keeper.remove(lease);
    // Both travel in this order.
    const released = this.#store.release(lease.key, lease.owner);
    const line = this.#lines.get(lease.key);
    if (line?.lease === lease) {
      line.lease = undefined;
      this.#askOrForget(line);
    }
    return released;
  }
}

function ignore(): void {
  // The key, or the place of who is next, ends by itself.
}
