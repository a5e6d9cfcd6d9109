// @ts-check

/**
 * What was shown lately: a column of times, and one of values for each curve. Old moments go when new ones come.
 *
 * @template Moment
 */
export class History {
  #curves;
  #overMs;
  /** @type {number[]} */
  #times = [];
  /** @type {(number | null)[][]} */
  #columns;

  /**
   * @param {readonly ((moment: Moment) => number | null)[]} curves
   * @param {number} overMs how much of the past is kept
   */
  constructor(curves, overMs) {
    this.#curves = curves;
    this.#overMs = overMs;
    this.#columns = curves.map(() => []);
  }

  /** @returns {readonly number[]} in milliseconds, growing */
  get times() {
    return this.#times;
  }

  /**
   * @param {number} index
   * @returns {(number | null)[]}
   */
  column(index) {
    return this.#columns[index] ?? [];
  }

  /**
   * @param {number} at
   * @param {Moment} moment
   */
  add(at, moment) {
    // A clock that goes back is another gateway's: its past is not known.
    if (at < (this.#times.at(-1) ?? -Infinity)) this.#clear();
    this.#times.push(at);
    this.#curves.forEach((curve, index) => this.#columns[index]?.push(curve(moment)));
    let old = 0;
    while ((this.#times[old] ?? at) < at - this.#overMs) old++;
    if (old > 0) for (const column of [this.#times, ...this.#columns]) column.splice(0, old);
  }

  #clear() {
    for (const column of [this.#times, ...this.#columns]) column.length = 0;
  }
}
