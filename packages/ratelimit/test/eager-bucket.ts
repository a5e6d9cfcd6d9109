/** Somebody in line of an {@link EagerBucket}. */
export interface EagerClaim {
  readonly n: number;
  notBefore: number;
  dueAt: number;
  isHeld: boolean;
}

interface Point {
  readonly level: number;
  readonly at: number;
}

const ON_TIME_MS = 2;

/** The simplest bucket with a line: whatever happens, everybody is placed anew at once. */
export class EagerBucket {
  #rate: number;
  #burst: number;
  /** Of the bucket before the first in line. */
  #point: Point;
  /** Nobody is due before the last one who left by acting. */
  #actedAt = -Infinity;
  #seen = 0;
  #line: EagerClaim[] = [];

  constructor(ratePerSecond: number, burst: number) {
    this.#rate = ratePerSecond;
    this.#burst = burst;
    this.#point = { level: burst, at: 0 };
  }

  tokens(now: number): number {
    const { level, at } = this.#points().at(-1) as Point;
    return now < at ? Math.min(0, level) : Math.min(this.#burst, level + ((now - at) * this.#rate) / 1_000);
  }

  claim(n: number, now: number): EagerClaim | undefined {
    this.advance(now);
    const claim = { n, notBefore: now, dueAt: Infinity, isHeld: false };
    this.#line.push(claim);
    this.#points();
    return this.#line.includes(claim) ? claim : undefined;
  }

  giveBack(claim: EagerClaim, now: number): void {
    this.advance(now);
    this.#change(() => {
      this.#line = this.#line.filter((each) => each !== claim);
    });
  }

  postpone(claim: EagerClaim, notBefore: number, now: number): void {
    this.advance(now);
    if (this.#line.includes(claim) && notBefore > claim.dueAt) this.#postpone(claim, notBefore);
  }

  act(claim: EagerClaim, now: number): void {
    this.advance(now);
    claim.isHeld = false;
    if (this.#line[0] === claim && claim.dueAt <= now) this.#leave();
  }

  advance(now: number): void {
    this.#seen = now;
    for (let first = this.#line[0]; first !== undefined && first.dueAt < now; first = this.#line[0]) {
      if (!first.isHeld) this.#leave();
      else {
        this.#postponeIfLate(first, now);
        return;
      }
    }
  }

  setLimits(ratePerSecond: number, burst: number, now: number): void {
    this.#movePointTo(now);
    this.#change(() => {
      this.#rate = ratePerSecond;
      this.#burst = burst;
      this.#point = { level: Math.min(burst, this.#point.level), at: this.#point.at };
    });
  }

  penalize(ms: number, now: number): void {
    this.advance(now);
    const until = now + ms;
    if (until <= Math.max(now, this.#point.at)) return;
    this.#movePointTo(now);
    const { level, at } = this.#point;
    const gained = ((until - at) * this.#rate) / 1_000;
    this.#change(() => {
      this.#point = { level: Math.min(1, this.#burst, level + gained), at: until };
    });
  }

  #postponeIfLate(claim: EagerClaim, now: number): void {
    if (claim.dueAt < now - ON_TIME_MS) this.#postpone(claim, now);
  }

  #postpone(claim: EagerClaim, notBefore: number): void {
    this.#change(() => {
      claim.notBefore = notBefore;
    });
  }

  #movePointTo(now: number): void {
    this.advance(now);
    while (this.#line[0] !== undefined && this.#line[0].dueAt <= now && !this.#line[0].isHeld) this.#leave();
    const { level, at } = this.#point;
    if (now > at) this.#point = { level: Math.min(this.#burst, level + ((now - at) * this.#rate) / 1_000), at: now };
  }

  #leave(): void {
    this.#point = this.#points()[1] as Point;
    this.#actedAt = this.#line.shift()?.dueAt ?? -Infinity;
  }

  /** Nobody acts in the past: who is due stays so, and who moves up acts now at the earliest. */
  #change(change: () => void): void {
    for (const claim of this.#line) claim.notBefore = Math.max(claim.notBefore, Math.min(claim.dueAt, this.#seen));
    change();
    this.#points();
  }

  /** Places everybody, and sends those away who can never act. @returns the bucket before and after each. */
  #points(): Point[] {
    const points = [this.#point];
    let previousDueAt = this.#actedAt;
    for (const claim of [...this.#line]) {
      const point = this.#place(claim, points.at(-1) as Point, previousDueAt);
      if (claim.dueAt === Infinity) {
        this.#line = this.#line.filter((each) => each !== claim);
        continue;
      }
      points.push(point);
      previousDueAt = claim.dueAt;
    }
    return points;
  }

  #place(claim: EagerClaim, { level, at }: Point, previousDueAt: number): Point {
    const start = Math.max(claim.notBefore, previousDueAt, at);
    const isFull = level + ((start - at) * this.#rate) / 1_000 >= this.#burst;
    const point = isFull ? { level: this.#burst, at: start } : { level, at };
    const fullAt = point.at + ((claim.n - point.level) * 1_000) / this.#rate;
    const isThere = point.level + ((start - point.at) * this.#rate) / 1_000 >= claim.n;
    if (claim.n > this.#burst) claim.dueAt = Infinity;
    else claim.dueAt = isThere ? start : Math.max(start, fullAt);
    return { level: point.level - claim.n, at: point.at };
  }
}
