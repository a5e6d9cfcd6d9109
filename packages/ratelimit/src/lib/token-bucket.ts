/**
 * Tokens taken from a {@link TokenBucket}, in line with all others. It knows the state of the bucket after itself, so
 * the next in line is placed in O(1).
 */
export class Claim {
  readonly n: number;
  /** Its holder acts at this time at the earliest; never before the time at which it last learned of its due time. */
  notBefore: number;
  /** When its holder may act. */
  dueAt: number = Infinity;
  /** The bucket after it: so many tokens at this time, which is a point on the line and may lie in the past. */
  level = 0;
  at = 0;
  previous: Claim | undefined;
  next: Claim | undefined;
  /** Its holder says when it acts; until then it stays in line, however late that is. */
  isHeld = false;
  /** It only moves on: from the line to one of the three ends. */
  state: "in line" | "acted" | "given back" | "impossible" = "in line";
  /** Told when `dueAt` changes or the claim becomes impossible. */
  onRetime: (() => void) | undefined;

  constructor(n: number, notBefore: number) {
    this.n = n;
    this.notBefore = notBefore;
  }
}

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
 * Invariant: the claims in line are sorted by `dueAt`, and those whose `dueAt` lies in the past are no longer in line.
 */
export class TokenBucket {
  #ratePerSecond: number;
  #burst: number;
  /** The point before the first claim in line. */
  #level: number;
  #at = 0;
  #seen = -Infinity;
  #first: Claim | undefined;
  #last: Claim | undefined;

  constructor(ratePerSecond: number, burst: number) {
    this.#ratePerSecond = ratePerSecond;
    this.#burst = burst;
    this.#level = burst;
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
    const { level, at } = this.#last ?? { level: this.#level, at: this.#startAt(time) };
    if (this.#ratePerSecond === Infinity) return time < at ? 0 : this.#burst;
    if (time < at) return Math.min(0, level);
    return Math.min(this.#burst, level + ((time - at) * this.#ratePerSecond) / 1_000);
  }

  /** Takes `n` tokens if they are there and nobody is in line for them. */
  allow(n: number, now: number): boolean {
    if (this.#first !== undefined || this.#ratePerSecond === Infinity) return this.#allowInLine(n, now);
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
    if (this.#first === undefined && this.#ratePerSecond !== Infinity)
      return this.#isDue(n, time, this.#tokensAt(time));
    const claim = new Claim(n, time);
    this.#place(claim, this.#last);
    return claim.dueAt <= time;
  }

  /** Gets in line for `n` tokens; undefined when they can never be had: nothing changes then. */
  claim(n: number, now: number): Claim | undefined {
    const claim = new Claim(n, this.advance(now));
    this.#place(claim, this.#last);
    if (claim.dueAt === Infinity) return undefined;
    claim.previous = this.#last;
    if (this.#last === undefined) this.#first = claim;
    else this.#last.next = claim;
    this.#last = claim;
    return claim;
  }

  /** Gives back what a claim took, unless its time to act has passed. Those behind move up. */
  giveBack(claim: Claim, now: number): void {
    this.advance(now);
    if (claim.state !== "in line") return;
    claim.state = "given back";
    const behind = claim.next;
    this.#unlink(claim);
    this.#replaceFrom(behind);
  }

  /** The holder of a claim acts at this time at the earliest, so it takes its tokens then, and those behind it later. */
  postpone(claim: Claim, notBefore: number, now: number): void {
    this.advance(now);
    if (claim.state === "in line" && notBefore > claim.dueAt) this.#postpone(claim, notBefore);
  }

  /** The holder of a claim acts now, and not whenever the claim is due. */
  act(claim: Claim, now: number): void {
    this.advance(now);
    claim.isHeld = false;
  }

  /**
   * Lets those whose time has passed leave the line: they have acted. A held claim that is overdue is due now instead,
   * and everybody behind it moves back: after a stall not all are let go at once, but as many as the burst allows.
   *
   * @returns the time that counts.
   */
  advance(now: number): number {
    const time = this.#see(now);
    for (let claim = this.#first; claim !== undefined && claim.dueAt < time; claim = this.#first) {
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
    this.#replaceFrom(this.#first);
  }

  /** No tokens for `ms` milliseconds; then one, and more at the usual rate. */
  penalize(ms: number, now: number): void {
    const until = this.#movePointTo(now) + ms;
    if (until <= this.#at) return;
    const isFree = this.#ratePerSecond === Infinity;
    const gained = isFree ? 1 : ((until - this.#at) * this.#ratePerSecond) / 1_000;
    this.#level = Math.min(1, this.#burst, this.#level + gained);
    this.#at = until;
    this.#replaceFrom(this.#first);
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
    const claim = this.claim(n, now);
    if (claim === undefined) return false;
    if (claim.dueAt <= this.#seen) return true;
    this.giveBack(claim, now);
    return false;
  }

  #place(claim: Claim, previous: Claim | undefined): void {
    let level = previous === undefined ? this.#level : previous.level;
    let at = previous === undefined ? this.#at : previous.at;
    const start = Math.max(claim.notBefore, previous?.dueAt ?? -Infinity, at);
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

  /** Places a claim and all behind it anew; those that have become impossible leave. Then tells whom it concerns. */
  #replaceFrom(start: Claim | undefined): void {
    const retimed: Claim[] = [];
    for (let claim = start; claim !== undefined; ) {
      const { next, dueAt } = claim;
      // Nobody acts in the past: who is due already stays so, and who moves up acts now at the earliest.
      claim.notBefore = Math.max(claim.notBefore, Math.min(dueAt, this.#seen));
      this.#place(claim, claim.previous);
      if (claim.dueAt === Infinity) {
        claim.state = "impossible";
        this.#unlink(claim);
      }
      if (claim.dueAt !== dueAt) retimed.push(claim);
      claim = next;
    }
    for (const claim of retimed) claim.onRetime?.();
  }

  /** Moves the point to now. Those whose time has come, be it this very instant, have acted by the rules so far. */
  #movePointTo(now: number): number {
    const time = this.advance(now);
    for (let claim = this.#first; claim !== undefined && claim.dueAt <= time; claim = this.#first) {
      if (claim.isHeld) break;
      this.#settle(claim);
    }
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
    this.#replaceFrom(claim);
  }

  #settle(claim: Claim): void {
    this.#level = claim.level;
    this.#at = claim.at;
    claim.state = "acted";
    this.#unlink(claim);
  }

  #unlink(claim: Claim): void {
    const { previous, next } = claim;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    claim.previous = undefined;
    claim.next = undefined;
  }
}
