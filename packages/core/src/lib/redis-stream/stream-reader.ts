import { addAbortListener, removeAbortListener } from "@disp/abort";
import type { RedisConnection } from "@disp/redis";
import { Deque } from "@disp/sync-queue";
import type { Holdings } from "./holdings.ts";
import { Pause } from "./pause.ts";
import { PendingSweep } from "./pending-sweep.ts";
import { REDIS_BACKOFF } from "./settlements.ts";
import type { KeptEntry, RawEntry, StreamEntry } from "./stream-entry.ts";
import { isAway, isWithoutGroup, type StreamErrors } from "./stream-errors.ts";
import type { ResolvedStreamOptions } from "./stream-options.ts";
import { readNewEntries } from "./stream-replies.ts";

type Result = IteratorResult<StreamEntry, undefined>;

const DONE: Result = Object.freeze({ done: true, value: undefined });
const ignore = (): void => {};

/** What a reader works with. */
export interface StreamReaderParts {
  readonly options: ResolvedStreamOptions;
  readonly holdings: Holdings;
  readonly errors: StreamErrors;
  /** Called once, when it reads no more. */
  readonly onEnd: () => void;
}

/**
 * One pass over a stream, without an end of its own. It reads when it is asked for more than it has: first what this
 * consumer had in its hands before, then what others have deserted, then what is new.
 */
export class StreamReader implements AsyncIterator<StreamEntry, undefined> {
  readonly #parts: StreamReaderParts;
  readonly #options: ResolvedStreamOptions;
  /** Read, and not asked for yet. */
  readonly #ready = new Deque<KeptEntry>();
  readonly #pause = new Pause();
  /** Connection for the read that blocks. None = the next call finds out whether Redis is there. */
  #twin: { readonly connection: RedisConnection; close(): void } | undefined;
  #sweep: PendingSweep | undefined;
  /** The newest entry of this consumer that was seen. Newer ones of its own were lost on their way here. */
  #lastId: string | undefined;
  #deserted: PendingSweep | undefined;
  #lookForDesertedAt = 0;
  #hadGroup = false;
  #isEnded = false;
  /** Ends the call of `next` that waits. */
  #endWait: () => void = ignore;
  #line: Promise<unknown> = Promise.resolve();
  #inLine = 0;

  constructor(parts: StreamReaderParts) {
    this.#parts = parts;
    this.#options = parts.options;
    this.#sweep = this.#sweepOwn();
    const { signal } = this.#options;
    if (signal?.aborted === true) this.#end();
    else if (signal !== undefined) addAbortListener(signal, this.#abortListener);
  }

  /** Calls that come together are answered in their order. */
  next(): Promise<Result> {
    if (this.#inLine === 0 && this.#ready.size > 0) return Promise.resolve(this.#take());
    this.#inLine += 1;
    const answer = this.#line.then(() => this.#pull());
    this.#line = answer.then(this.#leaveLine, this.#leaveLine);
    return answer;
  }

  /** Ends it at once, and waits until Redis was told what there was to tell. */
  async return(): Promise<Result> {
    this.#end();
    await this.#parts.holdings.settlements.settled;
    return DONE;
  }

  readonly #leaveLine = (): void => {
    this.#inLine -= 1;
  };

  #take(): Result {
    const entry = this.#ready.popFront();
    return entry === undefined ? DONE : { done: false, value: entry };
  }

  #pull(): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#endWait = () => resolve(DONE);
      this.#fill().then(() => resolve(this.#take()), reject);
    });
  }

  /** Reads until there is something, or until the end. */
  async #fill(): Promise<void> {
    for (let failures = 0; this.#ready.size === 0 && !this.#hasEnded(); ) {
      try {
        this.#keep(await this.#read());
        failures = 0;
      } catch (error) {
        if (this.#hasEnded()) return;
        this.#recover(error);
        failures += 1;
        await this.#pause.wait(REDIS_BACKOFF.nextDelayMs(failures) ?? 0);
      }
    }
  }

  /** A method, since the answer may be another one after each wait. */
  #hasEnded(): boolean {
    return this.#isEnded;
  }

  #keep(entries: readonly RawEntry[]): void {
    const { holdings } = this.#parts;
    for (const entry of entries) this.#ready.pushBack(holdings.keep(entry));
    if (this.#hasEnded()) this.#giveBack();
  }

  /** What was read and never asked for is free for others, and counts as no delivery. */
  #giveBack(): void {
    const { settlements } = this.#parts.holdings;
    for (let entry = this.#ready.popFront(); entry !== undefined; entry = this.#ready.popFront()) {
      void settlements.release(entry.id, entry.deliveries - 1);
    }
  }

  /** What is only a matter of time is tried again; anything else ends it. */
  #recover(error: unknown): void {
    this.#twin?.close();
    this.#twin = undefined;
    if (isAway(error) || (isWithoutGroup(error) && this.#options.createGroup)) {
      this.#parts.errors.hear(error);
      this.#sweep ??= this.#sweepOwn();
      // Whoever could not say either that it cares for its entries gets the time to do so.
      this.#deserted = undefined;
      this.#lookForDesertedAt = performance.now() + this.#options.stalledAfterMs / 2;
      return;
    }
    this.#endWait = ignore;
    this.#end();
    throw error;
  }

  async #read(): Promise<RawEntry[]> {
    const twin = this.#twin ?? (await this.#connect());
    if (this.#hasEnded()) return [];
    if (this.#sweep !== undefined) return this.#takeOverOwn(this.#sweep);
    const now = performance.now();
    if (this.#deserted !== undefined || now >= this.#lookForDesertedAt) return this.#takeOverDeserted();
    return this.#readNew(twin.connection, this.#lookForDesertedAt - now);
  }

  /** The answer of the group says that Redis is there, so that the second connection does not wait for it. */
  async #connect(): Promise<{ readonly connection: RedisConnection; close(): void }> {
    const { connection } = this.#options;
    await this.#findGroup();
    const twin = await connection.duplicate();
    if (this.#hasEnded()) twin.close();
    else this.#twin = twin;
    return twin;
  }

  async #findGroup(): Promise<void> {
    const { connection, stream, group, createGroup, from } = this.#options;
    const key = stream;
    if (!createGroup) {
      await connection.send(["XPENDING", stream, group], { key });
      return;
    }
    // A group that was lost has forgotten how far it was: better twice than not at all.
    const start = this.#hadGroup ? "0" : from;
    try {
      await connection.send(["XGROUP", "CREATE", stream, group, start, "MKSTREAM"], { key });
    } catch (error) {
      if (!(error instanceof Error && error.message.includes("BUSYGROUP"))) throw error;
    }
    this.#hadGroup = true;
  }

  #sweepOwn(): PendingSweep {
    const { holdings } = this.#parts;
    return new PendingSweep(this.#options, holdings, { owner: this.#options.consumer, idleMs: 0, after: this.#lastId });
  }

  async #takeOverOwn(sweep: PendingSweep): Promise<RawEntry[]> {
    const entries = await sweep.next();
    this.#lastId = sweep.lastId;
    if (sweep.isOver) this.#sweep = undefined;
    return entries;
  }

  async #takeOverDeserted(): Promise<RawEntry[]> {
    const { stalledAfterMs } = this.#options;
    const range = { owner: "", idleMs: stalledAfterMs, after: undefined };
    this.#deserted ??= new PendingSweep(this.#options, this.#parts.holdings, range);
    const entries = await this.#deserted.next();
    if (this.#deserted.isOver) {
      this.#deserted = undefined;
      this.#lookForDesertedAt = performance.now() + stalledAfterMs / 2;
    }
    return entries;
  }

  async #readNew(connection: RedisConnection, atMostMs: number): Promise<RawEntry[]> {
    const { stream, group, consumer, batchSize, blockMs } = this.#options;
    // 0 would be for ever.
    const block = Math.max(1, Math.ceil(Math.min(blockMs, atMostMs)));
    const how = ["COUNT", String(batchSize), "BLOCK", String(block)];
    const args = ["XREADGROUP", "GROUP", group, consumer, ...how, "STREAMS", stream, ">"];
    const options = { key: stream, timeoutMs: block + connection.timeoutMs };
    const entries = readNewEntries(await connection.send(args, options));
    this.#lastId = entries.at(-1)?.id ?? this.#lastId;
    return entries;
  }

  readonly #abortListener = { handleAbort: (): void => this.#end() };

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { signal } = this.#options;
    if (signal !== undefined) removeAbortListener(signal, this.#abortListener);
    this.#twin?.close();
    this.#twin = undefined;
    this.#giveBack();
    this.#parts.onEnd();
    this.#pause.end();
    this.#endWait();
  }
}
