/** A look at the latencies of some time, in milliseconds, to within 5 %. */
export interface Latencies {
  readonly p50: number;
  readonly p99: number;
}

/** Buckets per doubling. */
const STEPS = 8;
/** The first bucket ends at a 16th of a millisecond, the last one at about two hours. */
const SMALLEST_LOG2 = -4;
const BUCKETS = 27 * STEPS;

/**
 * Latencies of the last few rounds, counted in buckets whose width grows with the latency: memory is the same however many
 * there are, and so is what the slowest costs. Pure: a round ends when it is told so.
 */
export class RollingLatencies {
  readonly #rounds: Uint32Array[];
  #at = 0;

  constructor(rounds: number) {
    this.#rounds = Array.from({ length: rounds }, () => new Uint32Array(BUCKETS));
  }

  add(ms: number): void {
    const round = this.#rounds[this.#at];
    const bucket = bucketOf(ms);
    if (round !== undefined) round[bucket] = (round[bucket] ?? 0) + 1;
  }

  /** The oldest round is forgotten, and a new one begins. */
  next(): void {
    this.#at = (this.#at + 1) % this.#rounds.length;
    this.#rounds[this.#at]?.fill(0);
  }

  clear(): void {
    for (const round of this.#rounds) round.fill(0);
  }

  /** Undefined: there were none. */
  read(): Latencies | undefined {
    const counts = Array.from({ length: BUCKETS }, (_, bucket) =>
      this.#rounds.reduce((sum, round) => sum + (round[bucket] ?? 0), 0),
    );
    const total = counts.reduce((sum, count) => sum + count, 0);
    if (total === 0) return undefined;
    return { p50: valueAt(counts, Math.ceil(total * 0.5)), p99: valueAt(counts, Math.ceil(total * 0.99)) };
  }
}

function bucketOf(ms: number): number {
  const bucket = Math.floor((Math.log2(ms) - SMALLEST_LOG2) * STEPS);
  return Math.max(0, Math.min(BUCKETS - 1, bucket));
}

function valueAt(counts: readonly number[], rank: number): number {
  let seen = 0;
  const bucket = counts.findIndex((count) => (seen += count) >= rank);
  return 2 ** ((bucket + 0.5) / STEPS + SMALLEST_LOG2);
}
