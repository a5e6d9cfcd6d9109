/** A set of whole numbers kept as ranges: cheap while they come nearly in order, as the lines of a request do. */
export class LineRanges {
  readonly #ranges: [from: number, to: number][] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `line` must not be in the set yet. */
  add(line: number): void {
    let before = this.#ranges.length - 1;
    while (before >= 0 && this.#from(before) > line) before--;
    this.#size++;
    const joinsBefore = this.#ranges[before]?.[1] === line - 1;
    const joinsAfter = this.#ranges[before + 1]?.[0] === line + 1;
    const from = joinsBefore ? this.#from(before) : line;
    const to = joinsAfter ? (this.#ranges[before + 1]?.[1] ?? line) : line;
    const start = joinsBefore ? before : before + 1;
    this.#ranges.splice(start, Number(joinsBefore) + Number(joinsAfter), [from, to]);
  }

  /** Ascending, both ends included. */
  toArray(): [from: number, to: number][] {
    return this.#ranges.map(([from, to]) => [from, to]);
  }

  #from(index: number): number {
    return this.#ranges[index]?.[0] ?? -Infinity;
  }
}
