import { Alarm } from "@disp/alarm";
import type { RedisKeyLease } from "./redis-key-lease.ts";

/** Renewals in the time of a lease, and so chances to renew it. */
const RENEWALS_PER_LEASE = 3;
/** How much sooner the next one comes when one has failed. */
const HASTE = 4;
/** Whoever works with a lease keeps the process alive, or does not care. */
const IN_BACKGROUND = { keepAlive: false };

/** Renews all leases together, with one timer, and ends those whose time has passed. */
export class LeaseKeeper {
  readonly #leases = new Set<RedisKeyLease>();
  readonly #everyMs: number;
  readonly #renew: (lease: RedisKeyLease) => Promise<boolean>;
  readonly #alarm = new Alarm(() => this.#ring());

  /** @param renew - Asks for one: whether it is still held, or a rejection when nobody can tell. */
  constructor(leaseMs: number, renew: (lease: RedisKeyLease) => Promise<boolean>) {
    this.#everyMs = leaseMs / RENEWALS_PER_LEASE;
    this.#renew = renew;
  }

  get size(): number {
    return this.#leases.size;
  }

  add(lease: RedisKeyLease, now: number): void {
    this.#leases.add(lease);
    // A timer that rings for nobody costs less than one that starts and stops with each lease.
    this.#ringBy(now + this.#everyMs, now);
  }

  remove(lease: RedisKeyLease): void {
    this.#leases.delete(lease);
  }

  #ringBy(at: number, now: number): void {
    if (at < (this.#alarm.at ?? Infinity)) this.#alarm.set(at, now, IN_BACKGROUND);
  }

  #ring(): void {
    const now = performance.now();
    for (const lease of this.#leases) {
      // Who asks whether it is held also ends it, when its time has passed.
      if (!lease.isHeld) continue;
      this.#ringBy(Math.min(now + this.#everyMs, lease.heldUntil), now);
      if (!lease.isRenewing) this.#renewOne(lease, now);
    }
  }

  #renewOne(lease: RedisKeyLease, now: number): void {
    lease.isRenewing = true;
    this.#renew(lease).then(
      (isHeld) => {
        lease.isRenewing = false;
        if (isHeld) lease.renewed(now);
        else lease.lose();
      },
      () => {
        lease.isRenewing = false;
        const later = performance.now();
        if (this.#leases.has(lease)) this.#ringBy(later + this.#everyMs / HASTE, later);
      },
    );
  }
}
