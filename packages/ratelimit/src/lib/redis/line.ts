import { type AbortListener, addAbortListener, removeAbortListener } from "@disp/abort";
import { RateLimitExceededError } from "../errors.ts";
import type { Asker, Buckets } from "./buckets.ts";
import type { Outcome } from "./outcome.ts";
import type { Appointment, Timetable } from "./timetable.ts";

/** Those around a line. */
export interface LineOwner {
  readonly buckets: Buckets;
  readonly timetable: Timetable;
  /** Nobody waits any more, and no question is on its way. */
  handleIdle(line: Line): void;
  /** Tokens that came for somebody who had left. */
  handleSurplus(line: Line, tokens: number, outcome: Outcome): void;
}

/**
 * - `idle`: nobody waits.
 * - `asking`: a question is on its way, or will be at the end of the turn; and how they were blocked before, if they were.
 * - `blocked`: the tokens of the first in line are not there; they are asked for again at their time.
 */
type LineState =
  | { readonly name: "idle" }
  | { readonly name: "asking"; readonly before: BlockedState | undefined }
  | BlockedState;

interface BlockedState {
  readonly name: "blocked";
  readonly outcome: Outcome;
  readonly since: number;
}

const IDLE: LineState = { name: "idle" };
/** What sums of fractions may be wrong by. */
const NEARLY_NOTHING = 1e-9;
/** The most that are asked for together: to count them takes time at each question. */
const MOST_AT_ONCE = 1_024;
/** Processes that wait for the same token should not all ask at the same instant. */
const JITTER_MS = 1;

/**
 * Those who wait for tokens of one key, in the order in which they came. The first one asks, and with it those right
 * behind who want the same number; all others wait for their turn.
 */
export class Line implements Asker, Appointment {
  readonly key: string;
  readonly id: number;
  /** When it asks again. */
  readyAt: number = Infinity;
  heapIndex: number = -1;
  readonly #owner: LineOwner;
  #state: LineState = IDLE;
  #first: Waiter | undefined;
  #last: Waiter | undefined;
  /** Tokens that all in line wait for together. */
  #wanted = 0;
  #asked = 0;
  /** Somebody with a deadline came while it was not known when it could be served. */
  #mustJudge = false;
  #tellAnswered: (() => void) | undefined;

  constructor(key: string, owner: LineOwner) {
    this.key = key;
    this.id = owner.timetable.nextId();
    this.#owner = owner;
  }

  /** Milliseconds until all in line have their tokens and `n` more are there; undefined = nobody is known to have to wait. */
  delayMsBehind(n: number, now: number): number | undefined {
    const blocked = this.#blockedState();
    if (blocked === undefined) return undefined;
    return Math.max(0, blocked.since + blocked.outcome.delayMs(n, this.#wanted) - now);
  }

  join(n: number, maxWaitMs: number, signal: AbortSignal | undefined): Promise<void> {
    const now = performance.now();
    // While an answer is on its way, that decides.
    const delayMs = this.#state.name === "blocked" ? this.delayMsBehind(n, now) : undefined;
    if (delayMs !== undefined && delayMs > maxWaitMs) {
      return Promise.reject(new RateLimitExceededError(n, delayMs, maxWaitMs));
    }
    return new Promise((resolve, reject) => {
      const waiter = new Waiter(this, this.#owner.timetable.nextId(), n, now, maxWaitMs, signal, resolve, reject);
      this.#append(waiter);
      this.#owner.timetable.add(waiter, now);
      if (delayMs === undefined && maxWaitMs < Infinity) this.#mustJudge = true;
      if (this.#state.name === "idle") this.#askSoon();
    });
  }

  /** Serves from elsewhere, in order, as long as `spend` has what the first in line wants. */
  serve(spend: (n: number) => boolean): void {
    const first = this.#first;
    while (this.#first !== undefined && spend(this.#first.n)) this.#first.settle();
    if (this.#first !== first) this.#reviewFront();
  }

  /** Turns everybody away. Resolves once no question is on its way. */
  async turnAway(error: unknown): Promise<void> {
    this.#rejectAll(error);
    if (this.#state.name === "asking") await new Promise<void>((resolve) => (this.#tellAnswered = resolve));
    else this.#becomeIdle();
  }

  /** Called by the timetable. */
  ring(): void {
    this.#state = { name: "asking", before: this.#blockedState() };
    this.#ask();
  }

  answer(outcome: Outcome): void {
    let tokens = outcome.granted * outcome.n;
    while (this.#first !== undefined && this.#first.n <= tokens + NEARLY_NOTHING) {
      tokens -= this.#first.n;
      this.#first.settle();
    }
    if (tokens > NEARLY_NOTHING) this.#owner.handleSurplus(this, tokens, outcome);
    if (this.#first === undefined) this.#becomeIdle();
    else if (outcome.granted === this.#asked) this.#askSoon();
    else this.#block(outcome);
    this.#tellAnswered?.();
  }

  fail(error: unknown): void {
    this.#rejectAll(error);
    this.#becomeIdle();
    this.#tellAnswered?.();
  }

  /** Called by a waiter that is settled; `isEarly` when that is not because it was served. */
  leave(waiter: Waiter, isEarly: boolean): void {
    const wasFirst = this.#first === waiter;
    this.#unlink(waiter);
    if (isEarly && wasFirst) this.#reviewFront();
  }

  /** The time of a waiter is over. While an answer is on its way, that decides: it may bring the tokens. */
  handleDeadline(waiter: Waiter, now: number): void {
    if (this.#state.name !== "blocked") {
      this.#mustJudge = true;
      return;
    }
    const { outcome, since } = this.#state;
    waiter.giveUp(now, Math.max(0, since + outcome.delayMs(waiter.n) - now));
  }

  /** At the end of the turn, with all who come in it. */
  #askSoon(): void {
    this.#state = { name: "asking", before: this.#blockedState() };
    queueMicrotask(() => this.#ask());
  }

  #ask(): void {
    const n = this.#first?.n;
    if (n === undefined) {
      this.#becomeIdle();
      this.#tellAnswered?.();
      return;
    }
    let count = 0;
    for (let waiter = this.#first; waiter?.n === n && count < MOST_AT_ONCE; waiter = waiter.next) count += 1;
    this.#asked = count;
    this.#owner.buckets.takeUpTo(this.key, n, count, this);
  }

  /** How they are blocked, as far as is known: whoever had to wait before a question still does until it is answered. */
  #blockedState(): BlockedState | undefined {
    if (this.#state.name === "idle") return undefined;
    return this.#state.name === "blocked" ? this.#state : this.#state.before;
  }

  #block(outcome: Outcome): void {
    const now = performance.now();
    this.#state = { name: "blocked", outcome, since: now };
    if (this.#mustJudge) this.#judge(outcome, now);
    this.#reviewFront();
  }

  /** Turns away all whose time is over before their turn comes. */
  #judge(outcome: Outcome, now: number): void {
    this.#mustJudge = false;
    let ahead = 0;
    for (let waiter = this.#first; waiter !== undefined; ) {
      const { next, n, readyAt } = waiter;
      const delayMs = outcome.delayMs(n, ahead);
      if (now + delayMs > readyAt) waiter.giveUp(now, delayMs);
      else ahead += n;
      waiter = next;
    }
  }

  /** Another one is the first: it may want less. */
  #reviewFront(): void {
    if (this.#state.name !== "blocked") return;
    const { timetable } = this.#owner;
    timetable.remove(this);
    if (this.#first === undefined) {
      this.#becomeIdle();
      return;
    }
    const { outcome, since } = this.#state;
    this.readyAt = since + outcome.delayMs(this.#first.n) + Math.random() * JITTER_MS;
    timetable.add(this, performance.now());
  }

  #becomeIdle(): void {
    this.#owner.timetable.remove(this);
    this.#state = IDLE;
    this.#mustJudge = false;
    this.#owner.handleIdle(this);
  }

  #rejectAll(error: unknown): void {
    while (this.#first !== undefined) this.#first.refuse(error);
  }

  #append(waiter: Waiter): void {
    waiter.previous = this.#last;
    if (this.#last === undefined) this.#first = waiter;
    else this.#last.next = waiter;
    this.#last = waiter;
    this.#wanted += waiter.n;
  }

  #unlink(waiter: Waiter): void {
    const { previous, next } = waiter;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    waiter.previous = undefined;
    waiter.next = undefined;
    this.#wanted = this.#first === undefined ? 0 : this.#wanted - waiter.n;
    this.#owner.timetable.remove(waiter);
  }
}

/** Somebody in line: its own list node, abort listener and appointment, so that one object is all it costs. */
class Waiter implements AbortListener, Appointment {
  readonly id: number;
  readonly n: number;
  /** When it is too late. */
  readonly readyAt: number;
  heapIndex: number = -1;
  previous: Waiter | undefined = undefined;
  next: Waiter | undefined = undefined;
  readonly #line: Line;
  readonly #maxWaitMs: number;
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: () => void;
  readonly #reject: (reason: unknown) => void;

  constructor(
    line: Line,
    id: number,
    n: number,
    now: number,
    maxWaitMs: number,
    signal: AbortSignal | undefined,
    resolve: () => void,
    reject: (reason: unknown) => void,
  ) {
    this.id = id;
    this.n = n;
    this.readyAt = now + maxWaitMs;
    this.#line = line;
    this.#maxWaitMs = maxWaitMs;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    if (signal !== undefined) addAbortListener(signal, this);
  }

  /** It has its tokens. */
  settle(): void {
    this.#leave(false);
    this.#resolve();
  }

  /** Everybody is turned away. */
  refuse(error: unknown): void {
    this.#leave(false);
    this.#reject(error);
  }

  /** @param delayMs - How much longer it would have to wait. */
  giveUp(now: number, delayMs: number): void {
    const waitedMs = Math.max(0, this.#maxWaitMs - (this.readyAt - now));
    this.#leave(true);
    this.#reject(new RateLimitExceededError(this.n, waitedMs + delayMs, this.#maxWaitMs));
  }

  /** Its time is over: called by the timetable. */
  ring(now: number): void {
    this.#line.handleDeadline(this, now);
  }

  /** Called by the signal. */
  handleAbort(): void {
    this.#leave(true);
    this.#reject(this.#signal?.reason);
  }

  #leave(isEarly: boolean): void {
    if (this.#signal !== undefined) removeAbortListener(this.#signal, this);
    this.#line.leave(this, isEarly);
  }
}
