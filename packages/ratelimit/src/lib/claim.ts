/**
 * Tokens taken from a TokenBucket, in line with all others. It knows the state of the bucket after itself, so the next in
 * line is placed in O(1).
 */
export class Claim {
  readonly n: number;
  /** Its holder acts at this time at the earliest; never before the time at which it last learned of its due time. */
  notBefore: number;
  /** When its holder may act, by the time it was last placed: ask the bucket. */
  dueAt: number = Infinity;
  /** The bucket after it: so many tokens at this time, which is a point on the line and may lie in the past. */
  level = 0;
  at = 0;
  previous: Claim | undefined = undefined;
  next: Claim | undefined = undefined;
  /** Tells who is ahead of whom. */
  ticket = 0;
  /** Its holder says when it acts; until then it stays in line, however late that is. */
  isHeld = false;
  /** It only moves on: from the line to one of the three ends. */
  state: "in line" | "acted" | "given back" | "impossible" = "in line";
  /** Told when `dueAt` changes or the claim becomes impossible. */
  onRetime: (() => void) | undefined = undefined;

  constructor(n: number, notBefore: number) {
    this.n = n;
    this.notBefore = notBefore;
  }
}

/**
 * Claims in the order in which they came. Those at the front are placed, those behind them have to be placed before their
 * times count: a change at the front of a long line moves everybody, and costs nothing for those whom nobody asks about.
 */
export class ClaimLine {
  first: Claim | undefined = undefined;
  last: Claim | undefined = undefined;
  /** The first that is not placed; nobody behind it is. */
  unplaced: Claim | undefined = undefined;
  /** How many in line want to be told of every change. */
  listeners = 0;
  #tickets = 0;

  add(claim: Claim): void {
    claim.ticket = this.#tickets;
    this.#tickets += 1;
    claim.previous = this.last;
    if (this.last === undefined) this.first = claim;
    else this.last.next = claim;
    this.last = claim;
    this.unplaced ??= claim;
  }

  isPlaced(claim: Claim): boolean {
    return this.unplaced === undefined || claim.ticket < this.unplaced.ticket;
  }

  /** From now on this claim and all behind it have to be placed anew. */
  unplaceFrom(claim: Claim): void {
    if (this.isPlaced(claim)) this.unplaced = claim;
  }

  remove(claim: Claim): void {
    const { previous, next } = claim;
    if (previous === undefined) this.first = next;
    else previous.next = next;
    if (next === undefined) this.last = previous;
    else next.previous = previous;
    if (this.unplaced === claim) this.unplaced = next;
    if (claim.onRetime !== undefined) this.listeners -= 1;
    // Who has left keeps no neighbour alive.
    claim.previous = undefined;
    claim.next = undefined;
  }
}
