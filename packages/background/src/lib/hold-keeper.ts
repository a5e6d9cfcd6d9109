import { Alarm } from "@disp/alarm";
import type { Hold } from "./dedup-store.ts";
import { renew } from "./store-call.ts";

/** Who has a hold, or had one. */
export interface Holder {
  /** Undefined = it has none. */
  hold: Hold | undefined;
  /** Until when the hold must last at least, however soon its holder lets go. */
  heldUntil: number;
  isRenewing: boolean;
}

/**
 * Keeps the holds of all who have one from ending by their time: a sweep every third of the lease renews them, so a
 * renewal that fails has a second chance. Long holds are renewed as often, for that is how a bump of the generation
 * elsewhere is heard of. One timer for all of them, and none while there are no holds; it guards no data, so it keeps no
 * process alive.
 */
export class HoldKeeper<H extends Holder> {
  readonly #leaseMs: number;
  readonly #sweepMs: number;
  readonly #holders: Iterable<H>;
  readonly #onLost: (holder: H, hasExpired: boolean) => void;
  readonly #alarm = new Alarm(() => this.#sweep());
  #held = 0;
  #isChecking = false;
  /** When all holds were renewed last, or the first of them came. */
  #sweptAt = 0;

  /**
   * @param onLost - Told of holds that ended behind their holder's back: because they were not renewed in time, for the
   * process stood still, or else since somebody has ended them.
   */
  constructor(leaseMs: number, holders: Iterable<H>, onLost: (holder: H, hasExpired: boolean) => void) {
    this.#leaseMs = leaseMs;
    this.#sweepMs = leaseMs / 3;
    this.#holders = holders;
    this.#onLost = onLost;
  }

  /** How many holds are kept. */
  get held(): number {
    return this.#held;
  }

  /** How long a hold has to last for the time being: its holder is not done before it renews. */
  ttlMs(holdMs: number): number {
    return Math.max(holdMs, this.#leaseMs);
  }

  /** Keeps a hold that was given for {@link ttlMs}. */
  keep(holder: H, hold: Hold): void {
    holder.hold = hold;
    this.#held += 1;
    this.#check();
  }

  /** Keeps the hold no longer, and hands it over. */
  letGo(holder: H): Hold | undefined {
    const { hold } = holder;
    if (hold === undefined) return undefined;
    holder.hold = undefined;
    this.#held -= 1;
    this.#check();
    return hold;
  }

  /** Gives the hold of one to another. */
  handOver(from: H, to: H): void {
    to.hold = from.hold;
    from.hold = undefined;
  }

  /** Lets the hold last until `heldUntil`, and for a lease at least. */
  renew(holder: H, now: number, isLate = false): void {
    const { hold } = holder;
    if (hold === undefined) return;
    const ms = Math.max(this.#leaseMs, holder.heldUntil - now);
    holder.isRenewing = true;
    renew(hold, ms).then(
      (isHeld) => {
        holder.isRenewing = false;
        // It may have been let go meanwhile.
        if (!isHeld && holder.hold === hold) this.#lose(holder, isLate);
      },
      // The store is away: the next sweep tries again.
      () => {
        holder.isRenewing = false;
      },
    );
  }

  #sweep(): void {
    const now = performance.now();
    const isLate = now - this.#sweptAt >= this.#leaseMs;
    this.#sweptAt = now;
    for (const holder of this.#holders) if (!holder.isRenewing) this.renew(holder, now, isLate);
    this.#check();
  }

  /** Sets or clears the alarm once the current burst is over: most holds of quick jobs come and go within one. */
  #check(): void {
    if (this.#isChecking || this.#held > 0 === (this.#alarm.at !== undefined)) return;
    this.#isChecking = true;
    queueMicrotask(this.#setAlarm);
  }

  readonly #setAlarm = (): void => {
    this.#isChecking = false;
    if (this.#held === 0) this.#alarm.clear();
    else if (this.#alarm.at === undefined) {
      const now = performance.now();
      this.#sweptAt = now;
      this.#alarm.set(now + this.#sweepMs, now, { keepAlive: false });
    }
  };

  #lose(holder: H, hasExpired: boolean): void {
    this.letGo(holder);
    this.#onLost(holder, hasExpired);
  }
}
