import type { BatchBuffer, Receipt } from "@disp/buffer";
import { type WaitOptions, WaitQueue } from "@disp/sync-queue";

/** An item in line for room. */
interface Newcomer<T> {
  readonly item: T;
  readonly size: number | undefined;
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
  /** Each knows the size for which it wants room. */
  readonly #awaitingRoom = new WaitQueue<void, number>();
  /** The size of the last newcomer, if it was refused: that is the room that is wanted. */
  #refusedSize = 0;
  #shutBy: ((action: string) => Error) | undefined;
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

  /** Somebody wants more room than there is. */
  get isStuck(): boolean {
    return this.#line.size > 0 || this.#awaitingRoom.size > 0 || !this.#buffer.canAdd(this.#refusedSize);
  }

  /** Admits an item if there is room and nobody stands in line. */
  offer(item: T, receipt: Receipt | undefined): boolean {
    const size = this.#sizeOf?.(item);
    return this.#joins(item, size, receipt) || this.#offer(item, size, receipt);
  }

  /** Admits an item, now (undefined) or by its turn in the line. */
  enter(item: T, receipt: Receipt | undefined, options: WaitOptions | undefined): Promise<void> | undefined {
    const size = this.#sizeOf?.(item);
    if (this.#joins(item, size, receipt)) return undefined;
    if (this.#shutBy !== undefined) return Promise.reject(this.#shutBy("push"));
    return this.#offer(item, size, receipt) ? undefined : this.#line.wait({ item, size, receipt }, options);
  }

  /** The way that most items go: they join a batch, which gives nobody anything to do. */
  #joins(item: T, size: number | undefined, receipt: Receipt | undefined): boolean {
    // sizeOf is somebody else's code: it may have closed the dispatcher, or let somebody else come in first.
    if (this.#shutBy !== undefined || this.#line.size > 0 || !this.#buffer.join(item, receipt, size)) return false;
    this.#refusedSize = 0;
    return true;
  }

  #offer(item: T, size: number | undefined, receipt: Receipt | undefined): boolean {
    if (this.#shutBy !== undefined) return false;
    if (this.#line.size > 0) {
      this.#buffer.checkSize(size);
      return false;
    }
    const joins = this.#buffer.joinsGrowing(size);
    const isAdmitted = this.#admit(item, size, receipt, joins);
    this.#refusedSize = isAdmitted ? 0 : (size ?? 0);
    // An item that merely joins a batch gives nobody anything to do.
    if (!joins || !isAdmitted || this.#buffer.growingId === undefined) this.#onChange();
    return isAdmitted;
  }

  /** Resolves when there is room and nobody stands in line. */
  room(options: WaitOptions | undefined): Promise<void> {
    if (this.#hasRoom(this.#refusedSize)) return DONE;
    this.#onChange();
    return this.#awaitingRoom.wait(this.#refusedSize, options);
  }

  /** Admits those in line for whom there is room by now. */
  letIn(): void {
    for (let next = this.#line.front; next !== undefined; next = this.#line.front) {
      const { item, size, receipt } = next.data;
      try {
        if (!this.#admit(item, size, receipt, this.#buffer.joinsGrowing(size))) break;
        next.resolve();
      } catch (error) {
        // An overflow policy of somebody's own that throws is that newcomer's bad luck, and nobody else's.
        next.reject(error);
      }
    }
    for (let next = this.#awaitingRoom.front; next !== undefined; next = this.#awaitingRoom.front) {
      if (!this.#hasRoom(next.data)) break;
      next.resolve();
    }
  }

  /**
   * Turns everybody away.
   *
   * @param errorFor - What to tell somebody who wanted to do this.
   */
  shut(errorFor: (action: string) => Error): void {
    this.#shutBy = errorFor;
    this.#line.rejectAll(errorFor("push"));
    this.#awaitingRoom.rejectAll(errorFor("wait for room"));
  }

  #hasRoom(size: number): boolean {
    return this.#line.size === 0 && this.#buffer.canAdd(size);
  }

  /** @param joins - Whether the item joins the growing batch: only one that opens a batch needs a look at the clock. */
  #admit(item: T, size: number | undefined, receipt: Receipt | undefined, joins: boolean): boolean {
    if (!joins) this.#now = performance.now();
    return this.#buffer.add(item, this.#now, size, receipt);
  }
}
