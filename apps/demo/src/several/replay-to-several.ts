import type { Frame } from "../frame.ts";
import { blocksOf, bodyOf, LANES, post, ReplayError } from "../replay.ts";
import type { Source } from "../source.ts";

/** Somebody who takes events. */
export interface Receiver {
  readonly name: string;
  readonly url: string;
  /** Aborted when it cannot answer any more. */
  readonly gone: AbortSignal;
}

export interface SeveralOptions<R extends Receiver> {
  readonly receivers: readonly R[];
  readonly eventsPerRequest: number;
  readonly signal: AbortSignal;
  /** What to send for a block; looked at again each time that it is sent. */
  readonly bodyOf?: (block: readonly Frame[], receiver: R) => Iterable<Buffer> | AsyncIterable<Buffer>;
}

/** How it went. */
export interface SeveralResult {
  /** Events that an answer says are stored. */
  readonly stored: number;
  readonly answered: number;
  /** Requests without an answer, whose events were sent again to somebody else. */
  readonly unanswered: number;
}

/**
 * Sends all events, a request to each receiver in turn, several at once. Whoever does not answer is not asked again, and what it
 * was sent goes to somebody else: it may have stored all of that, some or nothing.
 */
export class ReplayToSeveral<R extends Receiver> {
  readonly #options: SeveralOptions<R>;
  readonly #blocks: AsyncGenerator<Frame[], void, undefined>;
  readonly #silent = new Set<R>();
  readonly #again: Frame[][] = [];
  readonly #ended = new AbortController();
  #turn = 0;
  #stored = 0;
  #answered = 0;
  #unanswered = 0;

  constructor(source: Source, options: SeveralOptions<R>) {
    this.#options = options;
    this.#blocks = blocksOf(source.events(), options.eventsPerRequest);
  }

  /** Events that an answer says are stored, so far. */
  get stored(): number {
    return this.#stored;
  }

  /** @throws ReplayError when something was refused, or when nobody answers; the signal's reason. */
  async run(): Promise<SeveralResult> {
    const { signal } = this.#options;
    const stop = (): void => this.#ended.abort(signal.reason);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    const lanes = Array.from({ length: LANES }, () => this.#lane());
    // The first lane that fails ends the others, too: its error is the one that matters.
    for (const lane of lanes) lane.catch((error: unknown) => this.#ended.abort(error));
    await Promise.allSettled(lanes);
    signal.removeEventListener("abort", stop);
    await this.#blocks.return(undefined);
    this.#ended.signal.throwIfAborted();
    return { stored: this.#stored, answered: this.#answered, unanswered: this.#unanswered };
  }

  async #lane(): Promise<void> {
    for (let block = await this.#next(); block !== undefined; block = await this.#next()) {
      this.#ended.signal.throwIfAborted();
      const receiver = this.#pick();
      try {
        const stored = await this.#post(block, receiver);
        this.#stored += stored;
        this.#answered++;
      } catch (error) {
        if (this.#ended.signal.aborted || error instanceof ReplayError) throw error;
        this.#silent.add(receiver);
        this.#unanswered++;
        this.#again.push(block);
      }
    }
  }

  /** What nobody has answered comes first: this lane itself takes it, if no other does. */
  async #next(): Promise<Frame[] | undefined> {
    const again = this.#again.pop();
    if (again !== undefined) return again;
    const next = await this.#blocks.next();
    return next.done === true ? undefined : next.value;
  }

  #pick(): R {
    const living = this.#options.receivers.filter((each) => !each.gone.aborted && !this.#silent.has(each));
    const receiver = living[this.#turn++ % living.length];
    if (receiver === undefined) throw new ReplayError("no gateway answers any more");
    return receiver;
  }

  #post(block: Frame[], receiver: R): Promise<number> {
    const signal = AbortSignal.any([this.#ended.signal, receiver.gone]);
    return post(receiver.url, block, signal, (this.#options.bodyOf ?? bodyOf)(block, receiver));
  }
}
