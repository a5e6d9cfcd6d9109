import { addAbortListener, removeAbortListener } from "@disp/abort";
import { show } from "@disp/options";
import { nextTurn } from "@disp/turn";

/** Anything that can be iterated over, at once or over time. */
export type Source<T> = Iterable<T> | AsyncIterable<T>;

/** Where the items go, and what ends the journey early. */
export interface Sink<T> {
  /** Hands in one item; a promise when it has to wait for room, and undefined when it need not. */
  offer(item: T): Promise<void> | undefined;
  /** Takes note of an item that left the source when it was too late to hand it in. */
  refuse(item: T, error: unknown): void;
  /** Called when nothing more is taken, with the error that says so. */
  readonly onClose: Set<(error: Error) => void>;
  readonly signal?: AbortSignal | undefined;
}

/** So many items in a row without a wait, and everybody else gets a turn of the event loop. */
const ITEMS_PER_TURN = 4_096;

/**
 * Moves items from a source to a sink until the source ends. It ends early, at once, when the sink closes or the signal
 * is aborted, even while the source is silent; then the source is told that it is not needed any more.
 */
export function consume<T>(source: Source<T>, sink: Sink<T>): Promise<void> {
  return new Promise((resolve, reject) => {
    const { signal, onClose } = sink;
    const journey = new Journey(iteratorOf(source), sink);
    const stop = (error: unknown) => {
      journey.stop(error);
      settle();
      reject(error);
    };
    const listener = { handleAbort: () => stop(signal?.reason) };
    const onSinkClosed = (error: Error) => stop(signal?.aborted === true ? signal.reason : error);
    const settle = () => {
      onClose.delete(onSinkClosed);
      if (signal !== undefined) removeAbortListener(signal, listener);
    };
    onClose.add(onSinkClosed);
    if (signal !== undefined) addAbortListener(signal, listener);
    journey.run().then(() => {
      settle();
      resolve();
    }, stop);
  });
}

/** One pass over a source. */
class Journey<T> {
  readonly #iterator: Iterator<T, unknown> | AsyncIterator<T, unknown>;
  readonly #sink: Sink<T>;
  #isOver = false;
  /** What ended it early. */
  #error: unknown;

  constructor(iterator: Iterator<T, unknown> | AsyncIterator<T, unknown>, sink: Sink<T>) {
    this.#iterator = iterator;
    this.#sink = sink;
  }

  async run(): Promise<void> {
    for (let count = 1; !this.#hasEnded(); count += 1) {
      const answer = this.#next();
      const result = isPromise(answer) ? await answer : answer;
      if (result.done === true) {
        this.#isOver = true;
        return;
      }
      if (this.#hasEnded()) {
        this.#sink.refuse(result.value, this.#error);
        return;
      }
      const wait = this.#sink.offer(result.value);
      if (wait !== undefined) await wait;
      if (count % ITEMS_PER_TURN === 0) await nextTurn();
    }
  }

  /** A method, since the answer may be another one after each wait. */
  #hasEnded(): boolean {
    return this.#isOver;
  }

  /** A source that fails is over, and need not be told. */
  #next(): IteratorResult<T, unknown> | Promise<IteratorResult<T, unknown>> {
    const fail = (error: unknown): never => {
      this.#isOver = true;
      throw error;
    };
    try {
      const answer = this.#iterator.next();
      return isPromise(answer) ? answer.then(undefined, fail) : answer;
    } catch (error) {
      return fail(error);
    }
  }

  /** Tells the source that it is not needed any more. A generator that is busy hears it later, so nobody waits for it. */
  stop(error: unknown): void {
    if (this.#hasEnded()) return;
    this.#isOver = true;
    this.#error = error;
    try {
      const answer = this.#iterator.return?.();
      if (isPromise(answer)) answer.then(undefined, () => {});
    } catch {
      // There is an error on its way to the caller already, and it came first.
    }
  }
}

function iteratorOf<T>(source: Source<T>): Iterator<T, unknown> | AsyncIterator<T, unknown> {
  const iterable = Object(source) as Partial<AsyncIterable<T> & Iterable<T>>;
  const iterator = iterable[Symbol.asyncIterator]?.() ?? iterable[Symbol.iterator]?.();
  if (iterator === undefined) {
    throw new TypeError(`Cannot consume: the source must be iterable or async iterable, got ${show(source)}`);
  }
  return iterator;
}

function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === "object" && value !== null && "then" in value;
}
