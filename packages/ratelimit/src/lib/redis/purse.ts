import { Alarm } from "@disp/alarm";
import { afterThisTurn } from "@disp/turn";
import type { Asker } from "./buckets.ts";
import type { Gate } from "./gate.ts";
import type { Outcome } from "./outcome.ts";

const DONE: Promise<void> = Promise.resolve();

/** Tokens that came together. */
interface Batch {
  left: number;
  readonly endsAt: number;
  readonly tickets: readonly string[] | undefined;
}

/**
 * Tokens that were taken ahead, to be spent without asking anybody. It never holds more than `tokens`, those on their
 * way included, and none for longer than `ttlMs`, counted from the moment before they were asked for.
 */
export class Purse implements Asker {
  readonly #gate: Gate;
  readonly #key: string;
  readonly #tokens: number;
  readonly #ttlMs: number;
  /** The oldest one first. */
  #batches: Batch[] = [];
  #left = 0;
  readonly #alarm = new Alarm(() => this.#drop(performance.now()));
  #state: "resting" | "asking" | "closed" = "resting";
  #asked = 0;
  #askedAt = 0;
  #askNotBefore = -Infinity;
  #tellAnswered: (() => void) | undefined;

  constructor(gate: Gate, key: string, tokens: number, ttlMs: number) {
    this.#gate = gate;
    this.#key = key;
    this.#tokens = tokens;
    this.#ttlMs = ttlMs;
  }

  /** Whole tokens that are left. */
  get left(): number {
    this.#drop(performance.now());
    return Math.floor(this.#left);
  }

  /** Takes `n` tokens if they are there and nobody waits; and sees to it that there are more in time. */
  spend(n: number): boolean {
    // What is no number greater than 0 is complained of elsewhere.
    if (this.#gate.hasLines || !(n > 0 && n <= this.#tokens)) return false;
    if (!this.#take(n, performance.now())) return false;
    if (this.#left <= this.#tokens / 2) this.fill();
    return true;
  }

  /**
   * Asks for what there is room for at the end of this turn, if it may: all that is spent in the turn comes anew, and what
   * is asked for by those who wait comes first.
   */
  fill(): void {
    const now = performance.now();
    if (this.#state !== "resting" || now < this.#askNotBefore || this.#tokens - this.#left < 1) return;
    this.#state = "asking";
    this.#askedAt = now;
    afterThisTurn(() => {
      if (this.#state === "closed") {
        this.#tellAnswered?.();
        return;
      }
      this.#asked = Math.floor(this.#tokens - this.#left);
      this.#gate.buckets.takeUpTo(this.#key, 1, this.#asked, this);
    });
  }

  answer(outcome: Outcome): void {
    const { granted, tickets } = outcome;
    const now = performance.now();
    if (granted < this.#asked) {
      // To ask for every single token, when they are scarce, would cost more than it saves.
      const enough = Math.min(this.#asked - granted, this.#tokens / 2);
      this.#askNotBefore = now + outcome.delayMs(Math.max(1, enough));
    }
    if (this.#state === "closed") {
      if (granted > 0) this.#gate.giveBack(this.#key, granted, tickets);
      this.#tellAnswered?.();
      return;
    }
    this.#state = "resting";
    if (granted === 0) return;
    this.#batches.push({ left: granted, endsAt: this.#askedAt + this.#ttlMs, tickets });
    this.#left += granted;
    this.#gate.serve(this.#key, (n) => this.#take(n, now));
    this.#drop(now);
  }

  /** Whoever needs a token now hears of it. */
  fail(): void {
    this.#askNotBefore = performance.now() + this.#ttlMs;
    if (this.#state === "asking") this.#state = "resting";
    this.#tellAnswered?.();
  }

  /** Gives everything back. Resolves when no answer is on its way any more. */
  close(): Promise<void> {
    const isAnswered = this.#state === "asking" ? new Promise<void>((resolve) => (this.#tellAnswered = resolve)) : DONE;
    this.#state = "closed";
    this.#drop(Infinity);
    return isAnswered;
  }

  #take(n: number, now: number): boolean {
    const first = this.#batches[0];
    if (first === undefined) return false;
    if (now >= first.endsAt) this.#drop(now);
    if (this.#left < n) return false;
    this.#left -= n;
    for (let rest = n, batch = this.#batches[0]; batch !== undefined && rest > 0; batch = this.#batches[0]) {
      const part = Math.min(rest, batch.left);
      batch.left -= part;
      rest -= part;
      if (batch.left > 0) break;
      this.#batches.shift();
    }
    if (this.#batches.length === 0) this.#left = 0;
    return true;
  }

  /** Gives back what has become old. The timer keeps no process alive: what is not given back comes back by itself. */
  #drop(now: number): void {
    for (let first = this.#batches[0]; first !== undefined && first.endsAt <= now; first = this.#batches[0]) {
      this.#batches.shift();
      this.#left = Math.max(0, this.#left - first.left);
      this.#gate.giveBack(this.#key, first.left, first.tickets);
    }
    const first = this.#batches[0];
    if (first === undefined) this.#alarm.clear();
    else this.#alarm.set(first.endsAt, now, { keepAlive: false });
  }
}
