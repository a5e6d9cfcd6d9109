/** Many more than are under way at a time. */
const PLACES = 2 ** 15;

/** Numbers that are given out, each of which has to come back exactly once. Their memory is the same at all times. */
export class Books {
  /** What came back though it was not out. */
  twice = 0;
  #next = 0;
  #out = 0;
  #overdue = 0;
  /** What is out, each at its place: 0 = nothing, otherwise the number and one. */
  readonly #places = new Float64Array(PLACES);

  /** How many have come back, in good order. */
  get ended(): number {
    return this.#next - this.#out;
  }

  /** How many have not. */
  get out(): number {
    return this.#out;
  }

  /** How many have not, though many thousands that were given out later have. With nothing under way, that is `out`. */
  get overdue(): number {
    return this.#overdue;
  }

  issue(): number {
    const item = this.#next++;
    const place = item % PLACES;
    if (this.#places[place] !== 0) this.#overdue++;
    this.#places[place] = item + 1;
    this.#out++;
    return item;
  }

  readonly settle = (item: number): void => {
    const place = item % PLACES;
    if (this.#places[place] !== item + 1) {
      this.twice++;
      return;
    }
    this.#places[place] = 0;
    this.#out--;
  };

  /** If it has come back, it is out again, and rightly so. */
  readonly reopen = (item: number): void => {
    const place = item % PLACES;
    if (this.#places[place] === item + 1) return;
    this.#places[place] = item + 1;
    this.#out++;
  };
}
