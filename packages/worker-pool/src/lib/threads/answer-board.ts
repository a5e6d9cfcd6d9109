/**
 * Where a thread writes results that are numbers, booleans, null or undefined, so that many of them share one message and
 * none is lost, not even when the thread runs out of memory in the next call. A result is there as soon as its number is.
 *
 * Call `n` has slot `n % SLOTS`. The reader frees it when it takes the result; while it is not free, the writer sends a
 * message instead.
 */
const SLOTS = 512;
/** The word after the numbers: whether a message is on its way that makes the reader look here. */
const IS_TOLD = SLOTS;
const FREE = 0;

const NUMBER = 4;
/** By what a slot says; beyond these it is a number. */
const CONSTANTS: readonly unknown[] = [undefined, null, false, true];

/** The memory of a board, as both sides look at it. */
class Board {
  readonly values: Float64Array;
  /** Which call the slot is about. */
  readonly numbers: Int32Array;
  readonly kinds: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    const numbersAt = SLOTS * Float64Array.BYTES_PER_ELEMENT;
    const kindsAt = numbersAt + (SLOTS + 1) * Int32Array.BYTES_PER_ELEMENT;
    this.values = new Float64Array(memory, 0, SLOTS);
    this.numbers = new Int32Array(memory, numbersAt, SLOTS + 1);
    this.kinds = new Uint8Array(memory, kindsAt, SLOTS);
  }
}

const BYTES = SLOTS * (Float64Array.BYTES_PER_ELEMENT + 1) + (SLOTS + 1) * Int32Array.BYTES_PER_ELEMENT;

/** The side that gets results. */
export class AnswerReader {
  readonly memory: SharedArrayBuffer = new SharedArrayBuffer(BYTES);
  readonly #board = new Board(this.memory);

  /** To be called before looking: what is written from now on is told again. */
  expect(): void {
    Atomics.store(this.#board.numbers, IS_TOLD, 0);
  }

  /** Whether the result of a call is there. */
  has(number: number): boolean {
    return number !== 0 && Atomics.load(this.#board.numbers, number % SLOTS) === number;
  }

  /** The result of a call, which must be there. */
  take(number: number): unknown {
    const slot = number % SLOTS;
    const kind = this.#board.kinds[slot] ?? 0;
    const result = kind === NUMBER ? this.#board.values[slot] : CONSTANTS[kind];
    Atomics.store(this.#board.numbers, slot, FREE);
    return result;
  }
}

/** The side that has results. */
export class AnswerWriter {
  readonly #board: Board;

  constructor(memory: SharedArrayBuffer) {
    this.#board = new Board(memory);
  }

  /** False when the result has to go by message. */
  write(number: number, result: unknown): boolean {
    const isNumber = typeof result === "number";
    const kind = isNumber ? NUMBER : CONSTANTS.indexOf(result);
    const slot = number % SLOTS;
    if (kind < 0 || Atomics.load(this.#board.numbers, slot) !== FREE) return false;
    if (isNumber) this.#board.values[slot] = result;
    this.#board.kinds[slot] = kind;
    Atomics.store(this.#board.numbers, slot, number);
    return true;
  }

  /** Whether the reader has to be told, once for all that it has not looked at. */
  mustTell(): boolean {
    return Atomics.exchange(this.#board.numbers, IS_TOLD, 1) === 0;
  }
}
