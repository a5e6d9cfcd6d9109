/** What only grows, by name. */
export type Counts<Name extends string> = Readonly<Record<Name, number>>;

interface Moment<Name extends string> {
  readonly at: number;
  readonly counts: Counts<Name>;
}

/** Turns counts that grow into what grew lately: pure, for it is told the time. */
export class Growth<Name extends string> {
  readonly #overMs: number;
  readonly #moments: Moment<Name>[] = [];

  /** @param overMs - How much of the past counts: a longer time is calmer, a shorter one is prompter. */
  constructor(overMs: number) {
    this.#overMs = overMs;
  }

  /** Forgets the past: nothing has grown yet. */
  clear(): void {
    this.#moments.length = 0;
  }

  /** Adds a moment, and keeps one that is at least `overMs` older, and none before it. */
  add(at: number, counts: Counts<Name>): void {
    this.#moments.push({ at, counts });
    while ((this.#moments[1]?.at ?? Infinity) <= at - this.#overMs) this.#moments.shift();
  }

  /** How much it grew; 0 while there is no past. */
  by(name: Name): number {
    const [first, last] = this.#ends();
    return first === undefined || last === undefined ? 0 : last.counts[name] - first.counts[name];
  }

  /** How much it grew per second. */
  perSecond(name: Name): number {
    const [first, last] = this.#ends();
    const ms = (last?.at ?? 0) - (first?.at ?? 0);
    return ms <= 0 ? 0 : (this.by(name) * 1_000) / ms;
  }

  #ends(): [Moment<Name> | undefined, Moment<Name> | undefined] {
    return [this.#moments[0], this.#moments.at(-1)];
  }
}
