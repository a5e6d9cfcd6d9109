import { Claim, ClaimLine } from "./claim.ts";
import { whyNever } from "./never.ts";
import { type Teller, tellsLater } from "./retiming.ts";

/**
 * Timers fire up to about a millisecond late, and later on a busy machine. Who acts within this time of being due is on
 * time: otherwise a limit of a thousand a second would let five hundred through.
 */
const ON_TIME_MS = 2;

/**
 * The rules of a token bucket, without a clock and without a timer: it holds up to `burst` tokens, gains
 * `ratePerSecond` of them each second, and lets claims take tokens from the future, first come, first served.
 *
 * The level is kept as a point (so many tokens at such a time) that is moved only when the bucket is full. Between such
 * moments all claims are added to the same point, so nothing is ever rounded twice and nothing drifts: ten tokens a
 * second are exactly ten, after an hour too.
 *
 * Time never runs backwards here: a `now` before the latest seen counts as that one, so a clock that steps back, or two
 * callers with times of different age, mint nothing.
 *
 * Invariants: the claims in line are sorted by their times, and those whose time lies in the past are no longer in line.
 * When a change is over, everybody who wants to be told of changes is placed.
 */
export class TokenBucket implements Teller {
  #ratePerSecond: number;
  #burst: number;
  /** The point before the first claim in line. */
  #level: number;
  #at = 0;
  /** When the last one who left the line by acting was due: nobody behind it is due before. */
  #actedAt = -Infinity;
  #seen = -Infinity;
  readonly #line = new ClaimLine();
  readonly #retimed = new Set<Claim>();
  #isTelling = false;
  readonly #onMove: (() => void) | undefined;

  /** @param onMove - Called whenever those in line may have moved, for other reasons than time passing. */
  constructor(ratePerSecond: number, burst: number, onMove?: () => void) {
    this.#ratePerSecond = ratePerSecond;
    this.#burst = burst;
    this.#level = burst;
    this.#onMove = onMove;
  }

  get ratePerSecond(): number {
    return this.#ratePerSecond;
  }

  get burst(): number {
    return this.#burst;
  }

  /** Tokens that are there; negative while claims have taken some from the future. Changes nothing. */
  tokens(now: number): number {
    const time = Math.max(now, this.#seen);
    this.#placeAll();
    const { level, at } = this.#line.last ?? { level: this.#level, at: this.#startAt(time) };
    if (this.#ratePerSecond === Infinity) return time < at ? 0 : this.#burst;
    if (time < at) return Math.min(0, level);
    return Math.min(this.#burst, level + ((time - at) * this.#ratePerSecond) / 1_000);
  }

  /** Takes `n` tokens if they are there and nobody is in line for them. */
  allow(n: number, now: number): boolean {
    if (this.#line.first !== undefined || this.#ratePerSecond === Infinity) return this.#allowInLine(n, now);
    const time = this.#see(now);
    const tokens = this.#tokensAt(time);
    if (!this.#isDue(n, time, tokens)) return false;
    if (tokens >= this.#burst) {
      this.#level = this.#burst;
      this.#at = time;
    }
    this.#level -= n;
    return true;
  }

  /** Whether {@link TokenBucket.allow} would take them. Nothing is taken. */
  admits(n: number, now: number): boolean {
    const time = this.advance(now);
    if (this.#line.first === undefined && this.#ratePerSecond !== Infinity)
      return this.#isDue(n, time, this.#tokensAt(time));
    if (this.#isAnyoneWaiting()) return false;
    const claim = new Claim(n, time);
    this.#place(claim, this.#line.last);
    return claim.dueAt <= time;
  }

  /** Gets in line for `n` tokens; undefined when they can never be had: nothing changes then. */
  claim(n: number, now: number): Claim | undefined {
    const claim = new Claim(n, this.advance(now));
    if (n > this.#burst && this.#ratePerSecond !== Infinity) return undefined;
    // At a rate of 0 only those ahead can tell whether it ever comes; else it is sure that it does.
    if (this.#ratePerSecond === 0) this.#placeAll();
    this.#line.add(claim);
    if (this.#line.unplaced === claim) this.#placeNext(claim);
    return claim.state === "in line" ? claim : undefined;
  }

  /** Why nobody can ever get in line for `n` tokens, where that is so. */
  whyNever(n: number): string | undefined {
    return whyNever(n, this);
  }

  /** When the holder of a claim may act, or might have acted. */
  dueAt(claim: Claim): number {
    const line = this.#line;
    if (claim.state === "in line")
      while (line.unplaced !== undefined && !line.isPlaced(claim)) this.#placeNext(line.unplaced);
    return claim.dueAt;
  }

  /** Milliseconds until the holder of a claim may act; one that is held and late is due now. */
  delayMs(claim: Claim, now: number): number {
    if (claim.isHeld) this.advance(now);
    return Math.max(0, this.dueAt(claim) - now);
  }

  /** Calls `listener` whenever the time of a claim changes. That makes changes as costly as the line is long. */
  listen(claim: Claim, listener: () => void): void {
    if (claim.state === "in line" && claim.onRetime === undefined) {
      if (this.#line.listeners === 0) this.#placeAll();
      this.#line.listeners += 1;
    }
    claim.onRetime = listener;
  }

  /** The holder of a claim will say when it acts. */
  hold(claim: Claim): void {
    claim.isHeld = true;
  }

  /** Gives back what a claim took, unless its time to act has passed. Those behind move up. */
  giveBack(claim: Claim, now: number): void {
    this.advance(now);
    if (claim.state !== "in line") return;
    this.#placeDue();
    claim.state = "given back";
    const { next } = claim;
    const isPlaced = this.#line.isPlaced(claim);
    this.#line.remove(claim);
    // Behind one that is not placed yet, nobody is near enough to move up to now.
    if (isPlaced) this.#replaceFrom(next);
    this.tell();
  }

  /** The holder of a claim acts at this time at the earliest, so it takes its tokens then, and those behind it later. */
  postpone(claim: Claim, notBefore: number, now: number): void {
    this.advance(now);
    if (claim.state === "in line" && notBefore > this.dueAt(claim)) this.#postpone(claim, notBefore);
  }

  /** The holder of a claim acts now, and not whenever the claim is due. */
  act(claim: Claim, now: number): void {
    const time = this.advance(now);
    claim.isHeld = false;
    // At once, or a thousand who act at the same instant would keep each other in memory until somebody looks again.
    if (claim === this.#line.first && claim.dueAt <= time) this.#settle(claim);
  }

  /**
   * Lets those whose time has passed leave the line: they have acted. A held claim that is overdue is due now instead,
   * and everybody behind it moves back: after a stall not all are let go at once, but as many as the burst allows.
   *
   * @returns the time that counts.
   */
  advance(now: number): number {
    const time = this.#see(now);
    for (let claim = this.#front(); claim !== undefined && claim.dueAt < time; claim = this.#front()) {
      if (claim.isHeld) {
        if (claim.dueAt < time - ON_TIME_MS) this.#postpone(claim, time);
        break;
      }
      this.#settle(claim);
    }
    return time;
  }

  /** Changes the limits from now on. What was gained so far stays, up to the new burst. */
  setLimits(ratePerSecond: number, burst: number, now: number): void {
    this.#movePointTo(now);
    this.#ratePerSecond = ratePerSecond;
    this.#burst = burst;
    this.#level = Math.min(this.#level, burst);
    this.#replaceFrom(this.#line.first);
    // Those who ask for more than the burst now have to know.
    this.#placeAll();
    this.tell();
  }

  /** No tokens for `ms` milliseconds; then one, and more at the usual rate. */
  penalize(ms: number, now: number): void {
    const time = this.advance(now);
    const until = time + ms;
    if (until <= Math.max(time, this.#at)) return;
    this.#movePointTo(time);
    const isFree = this.#ratePerSecond === Infinity;
    const gained = isFree ? 1 : ((until - this.#at) * this.#ratePerSecond) / 1_000;
    this.#level = Math.min(1, this.#burst, this.#level + gained);
    this.#at = until;
    this.#replaceFrom(this.#line.first);
    // At a rate of 0 some may never come now.
    this.#placeAll();
    this.tell();
  }

  /** Tells those who listen that their time has changed, and all of them only once of what changes meanwhile. */
  tell(): void {
    if (this.#line.first !== undefined) this.#onMove?.();
    if (this.#isTelling || (this.#line.listeners === 0 && this.#retimed.size === 0) || tellsLater(this)) return;
    this.#isTelling = true;
    try {
      this.#tellRetimed();
    } finally {
      this.#isTelling = false;
    }
  }

  #tellRetimed(): void {
    this.#placeAll();
    while (this.#retimed.size > 0) {
      for (const claim of this.#retimed) {
        this.#retimed.delete(claim);
        claim.onRetime?.();
      }
      this.#placeAll();
    }
  }

  /** With nobody in line; more than the burst when the bucket has been full for a while. */
  #tokensAt(time: number): number {
    return this.#level + ((time - this.#at) * this.#ratePerSecond) / 1_000;
  }

  /** Whether somebody may act at once, with nobody in line. */
  #isDue(n: number, time: number, tokens: number): boolean {
    if (time < this.#at) return false;
    if (tokens >= this.#burst) return n <= this.#burst;
    // Who is told to come at a time is let in at that time, though the tokens may come to a hair less than n.
    return tokens >= n || this.#at + ((n - this.#level) * 1_000) / this.#ratePerSecond <= time;
  }

  #see(now: number): number {
    if (now > this.#seen) {
      if (this.#seen === -Infinity) this.#at = now;
      this.#seen = now;
    }
    return this.#seen;
  }

  #startAt(now: number): number {
    return this.#seen === -Infinity ? now : this.#at;
  }

  /** With somebody in line, the tokens are taken behind them: at once or not at all. */
  #allowInLine(n: number, now: number): boolean {
    this.advance(now);
    if (this.#isAnyoneWaiting()) return false;
    const claim = this.claim(n, now);
    if (claim === undefined) return false;
    if (claim.dueAt <= this.#seen) return true;
    this.giveBack(claim, now);
    return false;
  }

  /** Whether somebody in line is not due yet. If not, all are placed. */
  #isAnyoneWaiting(): boolean {
    this.#placeDue();
    return this.#line.unplaced !== undefined || (this.#line.last?.dueAt ?? -Infinity) > this.#seen;
  }

  #front(): Claim | undefined {
    const line = this.#line;
    while (line.unplaced !== undefined && line.unplaced === line.first) this.#placeNext(line.unplaced);
    return line.first;
  }

  #placeAll(): void {
    const line = this.#line;
    while (line.unplaced !== undefined) this.#placeNext(line.unplaced);
  }

  /** Places all who are due now; the first who is not ends it, since nobody behind it is. */
  #placeDue(): void {
    const line = this.#line;
    while (line.unplaced !== undefined && (line.unplaced.previous?.dueAt ?? -Infinity) <= this.#seen)
      this.#placeNext(line.unplaced);
  }

  /** @param claim - The first one that is not placed. If it turns out to be impossible it leaves. */
  #placeNext(claim: Claim, earliest = -Infinity): void {
    const { dueAt } = claim;
    this.#line.unplaced = claim.next;
    this.#place(claim, claim.previous);
    if (claim.dueAt < earliest) {
      claim.notBefore = earliest;
      this.#place(claim, claim.previous);
    }
    if (claim.dueAt === Infinity) {
      claim.state = "impossible";
      this.#line.remove(claim);
    }
    if (claim.dueAt !== dueAt && claim.onRetime !== undefined) this.#retimed.add(claim);
  }

  #place(claim: Claim, previous: Claim | undefined): void {
    let level = previous === undefined ? this.#level : previous.level;
    let at = previous === undefined ? this.#at : previous.at;
    const start = Math.max(claim.notBefore, previous === undefined ? this.#actedAt : previous.dueAt, at);
    const rate = this.#ratePerSecond;
    if (rate === Infinity) {
      claim.dueAt = start;
      claim.level = level;
      claim.at = at;
      return;
    }
    if (level + ((start - at) * rate) / 1_000 >= this.#burst) {
      level = this.#burst;
      at = start;
    }
    const wanting = claim.n - level - ((start - at) * rate) / 1_000;
    if (claim.n > this.#burst) claim.dueAt = Infinity;
    else claim.dueAt = wanting <= 0 ? start : Math.max(start, at + ((claim.n - level) * 1_000) / rate);
    claim.level = level - claim.n;
    claim.at = at;
  }

  /**
   * Has a claim and all behind it placed anew. Nobody acts in the past: who is due already stays so, and who moves up acts
   * now at the earliest. That concerns only those who are due now; the rest is placed when somebody asks.
   *
   * Before the change, all who were due have to be placed.
   */
  #replaceFrom(start: Claim | undefined): void {
    if (start === undefined) return;
    const now = this.#seen;
    const line = this.#line;
    const outdated = line.unplaced?.ticket ?? Infinity;
    line.unplaceFrom(start);
    for (let claim = line.unplaced; claim !== undefined; claim = line.unplaced) {
      const earliest = claim.ticket < outdated ? Math.min(claim.dueAt, now) : now;
      this.#placeNext(claim, earliest);
      if (claim.state === "in line" && claim.dueAt >= now) return;
    }
  }

  /** Moves the point to now. Those whose time has come, be it this very instant, have acted by the rules so far. */
  #movePointTo(now: number): number {
    const time = this.advance(now);
    for (let claim = this.#front(); claim !== undefined && claim.dueAt <= time; claim = this.#front()) {
      if (claim.isHeld) break;
      this.#settle(claim);
    }
    this.#placeDue();
    if (time > this.#at) {
      const isFree = this.#ratePerSecond === Infinity;
      const gained = isFree ? this.#burst : ((time - this.#at) * this.#ratePerSecond) / 1_000;
      this.#level = Math.min(this.#burst, this.#level + gained);
      this.#at = time;
    }
    return time;
  }

  #postpone(claim: Claim, notBefore: number): void {
    claim.notBefore = notBefore;
    this.#line.unplaceFrom(claim);
    this.#placeNext(claim);
    this.tell();
  }

  #settle(claim: Claim): void {
    this.#level = claim.level;
    this.#at = claim.at;
    this.#actedAt = claim.dueAt;
    claim.state = "acted";
    this.#line.remove(claim);
  }
}
