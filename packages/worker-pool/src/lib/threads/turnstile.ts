/**
 * Which calls have begun, decided exactly between two threads. One side hands calls over, numbered in a row; the other
 * begins them in that order. The owner may close the turnstile behind the call that has begun last: what it has handed
 * over beyond that will never begin.
 *
 * Word 0 of the shared memory is the number of the call that began last, or minus the number up to which no more begins.
 * Both sides change it by one atomic step each, so every call has either begun or been taken back.
 *
 * Word 1 is the number of the call that is asked to stop.
 */
const BEGUN = 0;
const ASKED_TO_STOP = 1;
const WORDS = 2;

/** Numbers start again after this many; those that are compared are always close to each other. */
export const ROUND: number = 2 ** 30;

/** The number of the call after call `number`; 0 stands before the first. */
export function numberAfter(number: number): number {
  return (number % ROUND) + 1;
}

/** The side that hands calls over. */
export class TurnstileOwner {
  readonly memory: SharedArrayBuffer = new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT);
  readonly #words = new Int32Array(this.memory);
  /** As far as this side knows. Once the turnstile was closed, the memory does not tell any more. */
  #lastBegun = 0;

  /** Whether the other side has begun any call at all. */
  get isUsed(): boolean {
    return this.#look() !== 0;
  }

  /** Whether a call that was handed over, and not answered yet, has begun. */
  hasBegun(number: number): boolean {
    const last = this.#look();
    return last !== 0 && isUpTo(number, last);
  }

  /** From now on no call up to `last` begins. What has begun goes on. */
  close(last: number): void {
    this.#learn(Atomics.exchange(this.#words, BEGUN, -last));
  }

  /** Closes it, but only while the call that began last is this one. */
  closeBehind(number: number, last: number): boolean {
    const found = Atomics.load(this.#words, BEGUN);
    this.#learn(found);
    return this.#lastBegun === number && Atomics.compareExchange(this.#words, BEGUN, found, -last) === found;
  }

  /** Asks one call to stop; 0 asks none. */
  askToStop(number: number): void {
    Atomics.store(this.#words, ASKED_TO_STOP, number);
  }

  #look(): number {
    this.#learn(Atomics.load(this.#words, BEGUN));
    return this.#lastBegun;
  }

  #learn(found: number): void {
    if (found > 0) this.#lastBegun = found;
  }
}

/** The side that begins calls. */
export class TurnstileUser {
  readonly #words: Int32Array;
  #seen = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  /** Begins a call, unless it was taken back. Calls are begun in the order of their numbers. */
  begin(number: number): boolean {
    for (;;) {
      const seen = this.#seen;
      if (seen < 0 && isUpTo(number, -seen)) return false;
      this.#seen = Atomics.compareExchange(this.#words, BEGUN, seen, number);
      if (this.#seen !== seen) continue;
      this.#seen = number;
      return true;
    }
  }

  /** Whether this call is asked to stop. */
  isAskedToStop(number: number): boolean {
    return Atomics.load(this.#words, ASKED_TO_STOP) === number;
  }
}

function isUpTo(number: number, last: number): boolean {
  return (last - number + ROUND) % ROUND < ROUND / 2;
}
