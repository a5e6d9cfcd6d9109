import type { Limits, Readings } from "./limits.ts";

/** What became of some equal requests for tokens of one key, and how its bucket stands after them. */
export class Outcome {
  /** The tokens of each request. */
  readonly n: number;
  /** How many of the requests were granted: the first ones. */
  readonly granted: number;
  /** What they were granted with; undefined = there is nothing to give back to. */
  readonly tickets: readonly string[] | undefined;
  readonly #limits: Limits;
  /** Whole tokens that were left after all of them. */
  readonly #left: number;
  readonly #readings: Readings;
  /** Whoever has to wait asks again after this many milliseconds at the latest. */
  readonly #atMostMs: number;

  constructor(
    limits: Limits,
    n: number,
    granted: number,
    left: number,
    readings: Readings,
    tickets?: readonly string[],
    atMostMs: number = Infinity,
  ) {
    this.n = n;
    this.granted = granted;
    this.tickets = tickets;
    this.#limits = limits;
    this.#left = left;
    this.#readings = readings;
    this.#atMostMs = atMostMs;
  }

  /** Whole tokens that were there once the request at `place` was granted; after all of them for one that was not. */
  remaining(place: number): number {
    return Math.min(
      this.#limits.maxWholeTokens,
      this.#left + Math.floor(Math.max(0, this.granted - 1 - place) * this.n),
    );
  }

  /**
   * Milliseconds until `n` more tokens are there; Infinity = never. Asked only when not all were granted.
   *
   * @param ahead - Tokens that others take before.
   */
  delayMs(n: number, ahead = 0): number {
    return Math.min(this.#atMostMs, this.#limits.delayMs(this.#readings, n, ahead));
  }
}
