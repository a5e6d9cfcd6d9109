import { Deque } from "@disp/sync-queue";
import { nextTurn } from "@disp/turn";

/** Milliseconds of work without a rest, and everybody else gets a turn of the event loop. */
const WORK_MS = 4;
/** The clock is read once for so many operations: work may take longer than it should by as many. */
const OPERATIONS_PER_LOOK = 256;
/** So many without a rest, whatever the clock says: a faked one may stand still. */
const MOST_OPERATIONS = 65_536;
/** What a batch counts besides its operations. */
export const BATCH_COST = 8;

/**
 * How much can be done at once: work that never waits would otherwise keep all timers and sockets waiting. It is measured in
 * time. Were it a number of operations, the fast ones would rest far too often, and a rest in the midst of work is the worst
 * moment for the garbage collector, which has to copy all that is under way; and the slow ones would rest far too late.
 */
export class Stamina {
  #left = OPERATIONS_PER_LOOK;
  /** Operations since the last rest, but for those since the last look. */
  #done = 0;
  /** When the last rest was over. Who had nothing to do since rests once too often, which costs a turn and no more. */
  #freshAt = performance.now();
  /** Who rests, first come, first served: a huge batch that takes all of a turn lets the others go first in the next. */
  readonly #resting = new Deque<() => void>();
  #isAsleep = false;

  /** How many operations may run before some are spent again. 0 = it is time for a rest. */
  get left(): number {
    return this.#left;
  }

  spend(operations: number): void {
    if (this.#left === 0) return;
    this.#left -= operations;
    if (this.#left <= 0) this.#look();
  }

  #look(): void {
    this.#done += OPERATIONS_PER_LOOK - this.#left;
    const isTired = this.#done >= MOST_OPERATIONS || performance.now() - this.#freshAt >= WORK_MS;
    this.#left = isTired ? 0 : OPERATIONS_PER_LOOK;
  }

  /** Calls `goOn` in a later turn of the event loop, when there is new stamina and those who came before have had some. */
  rest(goOn: () => void): void {
    this.#resting.pushBack(goOn);
    if (!this.#isAsleep) void this.#sleep();
  }

  async #sleep(): Promise<void> {
    this.#isAsleep = true;
    while (this.#resting.size > 0) {
      await nextTurn();
      this.#left = OPERATIONS_PER_LOOK;
      this.#done = 0;
      this.#freshAt = performance.now();
      while (this.#left > 0 && this.#resting.size > 0) this.#resting.popFront()?.();
    }
    this.#isAsleep = false;
  }
}
