import type { Batch } from "./batch.ts";
import { LinkedList } from "./linked-list.ts";
import type { Timed } from "./timetable.ts";

/** The batches that wait for more operations. All wait equally long, so the oldest is always the next. */
export class Windows<Resource> implements Timed {
  readonly #batches = new LinkedList<Batch<Resource>>();
  readonly #durationMs: number;
  readonly #onEnd: (batch: Batch<Resource>, now: number) => void;

  constructor(durationMs: number, onEnd: (batch: Batch<Resource>, now: number) => void) {
    this.#durationMs = durationMs;
    this.#onEnd = onEnd;
  }

  get nextAt(): number {
    const { first } = this.#batches;
    return first === undefined ? Infinity : first.openedAt + this.#durationMs;
  }

  add(batch: Batch<Resource>): void {
    this.#batches.pushBack(batch);
  }

  /** @returns whether it waited here. */
  remove(batch: Batch<Resource>): boolean {
    return this.#batches.remove(batch);
  }

  /** Ends those whose time has come. */
  expire(now: number): void {
    while (this.nextAt <= now) this.#endFirst(now);
  }

  /** Ends all, whatever their time. */
  endAll(now: number): void {
    while (this.#batches.size > 0) this.#endFirst(now);
  }

  #endFirst(now: number): void {
    const batch = this.#batches.popFront();
    if (batch !== undefined) this.#onEnd(batch, now);
  }
}
