import type { BatchBuffer, Receipt } from "@disp/buffer";
import { type WaitOptions, WaitQueue } from "@disp/sync-queue";

/** An item in line for room. */
interface Newcomer<T> {
  readonly item: T;
  readonly receipt: Receipt | undefined;
}

const DONE: Promise<void> = Promise.resolve();

/**
 * Where items come in. When there is no room they stand in line, and nobody overtakes them: an item is either admitted
 * on the spot or by its turn in the line, and never asked to come in twice.
 */
export class Entrance<T> {
  readonly #buffer: BatchBuffer<T>;
  readonly #sizeOf: ((item: T) => number) | undefined;
  readonly #onChange: () => void;
  readonly #line: WaitQueue<void, Newcomer<T>>;
  readonly #awaitingRoom = new WaitQueue();
  /** The last reading of the clock. */
  #now = performance.now();

  /** @param onChange - Called when somebody else may have something to do now; not for an item that just joins a batch. */
  constructor(buffer: BatchBuffer<T>, sizeOf: ((item: T) => number) | undefined, onChange: () => void) {
    this.#buffer = buffer;
    this.#sizeOf = sizeOf;
    this.#onChange = onChange;
    this.#line = new WaitQueue({ onAbort: onChange });
  }

  /** How many items stand in line. */
  get waiting(): number {
    return this.#line.size;
  }

  /** Admits an item if there is room and nobody stands in line. */
  offer(item: T, receipt: Receipt | undefined): boolean {
    if (this.#line.size > 0) return false;
    const growingId = this.#buffer.growingId;
    const isAdmitted = this.#admit(item, receipt);
    const justJoined = isAdmitted && growingId !== undefined && growingId === this.#buffer.growingId;
    if (!justJoined) this.#onChange();
    return isAdmitted;
  }

  /** Lets an item that was not admitted stand in line. */
  wait(item: T, receipt: Receipt | undefined, options: WaitOptions | undefined): Promise<void> {
    return this.#line.wait({ item, receipt }, options);
  }

  /** Resolves when there is room and nobody stands in line. */
  room(options: WaitOptions | undefined): Promise<void> {
    if (this.#hasRoom()) return DONE;
    this.#onChange();
    return this.#awaitingRoom.wait(undefined, options);
  }

  /** Admits those in line for whom there is room by now. */
  letIn(): void {
    for (let next = this.#line.front; next !== undefined; next = this.#line.front) {
      if (!this.#admit(next.data.item, next.data.receipt)) break;
      next.resolve();
    }
    if (this.#awaitingRoom.size > 0 && this.#hasRoom()) this.#awaitingRoom.resolveAll();
  }

  /** Turns everybody away. */
  shut(error: unknown): void {
    this.#line.rejectAll(error);
    this.#awaitingRoom.rejectAll(error);
  }

  #hasRoom(): boolean {
    return this.#line.size === 0 && this.#buffer.canAdd();
  }

  #admit(item: T, receipt: Receipt | undefined): boolean {
    const size = this.#sizeOf?.(item);
    // Only the item that opens a batch needs the time, so most items cost no look at the clock.
    if (!this.#buffer.joinsGrowing(size)) this.#now = performance.now();
    return this.#buffer.add(item, this.#now, size, receipt);
  }
}
