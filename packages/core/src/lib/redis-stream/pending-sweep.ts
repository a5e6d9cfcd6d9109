import { claimScript } from "./claim-script.ts";
import type { Holdings } from "./holdings.ts";
import type { RawEntry } from "./stream-entry.ts";
import type { ResolvedStreamOptions } from "./stream-options.ts";
import { readPending } from "./stream-replies.ts";

/** Which pending entries to take over. */
export interface SweepRange {
  /** From whom; empty = from anybody. */
  readonly owner: string;
  /** For how many milliseconds nobody must have cared for them. */
  readonly idleMs: number;
  /** The id to begin after; undefined = the first one. */
  readonly after: string | undefined;
}

/** One way through the pending entries of the group, oldest first, page by page. */
export class PendingSweep {
  readonly #options: ResolvedStreamOptions;
  readonly #holdings: Holdings;
  readonly #range: SweepRange;
  #lastId: string | undefined;
  #isOver = false;

  constructor(options: ResolvedStreamOptions, holdings: Holdings, range: SweepRange) {
    this.#options = options;
    this.#holdings = holdings;
    this.#range = range;
    this.#lastId = range.after;
  }

  /** Whether all pages were turned. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The last entry that was looked at. */
  get lastId(): string | undefined {
    return this.#lastId;
  }

  /** Takes over the next entries, which may be none, though there are more to come. */
  async next(): Promise<RawEntry[]> {
    const { connection, stream, batchSize } = this.#options;
    const { owner, idleMs } = this.#range;
    const { group } = this.#options;
    const start = this.#lastId === undefined ? "-" : `(${this.#lastId}`;
    const args = ["XPENDING", stream, group, "IDLE", String(idleMs), start, "+", String(batchSize)];
    const page = readPending(await connection.send(owner === "" ? args : [...args, owner], { key: stream }));
    // What is in our own hands is no business of a sweep, even if Redis was away for so long that it looks deserted.
    const ids = page.map(({ id }) => id).filter((id) => !this.#holdings.has(id));
    const entries = ids.length === 0 ? [] : await this.#claim(ids);
    this.#lastId = page.at(-1)?.id ?? this.#lastId;
    this.#isOver = page.length < batchSize;
    return entries;
  }

  #claim(ids: readonly string[]): Promise<RawEntry[]> {
    const { connection, stream, deadLetter, group, consumer, maxDeliveries } = this.#options;
    const { owner, idleMs } = this.#range;
    const keys = deadLetter === undefined ? [stream] : [stream, deadLetter];
    return claimScript.run(connection, keys, [group, consumer, owner, idleMs, maxDeliveries, ...ids]);
  }
}
