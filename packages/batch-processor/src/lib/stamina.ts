import { Deque } from "@disp/sync-queue";
import { nextTurn } from "@disp/turn";

/** Operations without a rest, and everybody else gets a turn of the event loop. */
const OPERATIONS_PER_TURN = 8_192;
/** What a batch counts besides its operations: 1,024 batches without any are as much as 8,192 operations. */
export const BATCH_COST = 8;

/** How much can be done at once: work that never waits would otherwise keep all timers and sockets waiting. */
export class Stamina {
  #left = OPERATIONS_PER_TURN;
  /** Who rests, first come, first served: a huge batch that takes all of a turn lets the others go first in the next. */
  readonly #resting = new Deque<() => void>();
  #isAsleep = false;

  /** How many operations may run before the next rest. */
  get left(): number {
    return this.#left;
  }

  spend(operations: number): void {
    this.#left = Math.max(0, this.#left - operations);
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
      this.#left = OPERATIONS_PER_TURN;
      while (this.#left > 0 && this.#resting.size > 0) this.#resting.popFront()?.();
    }
    this.#isAsleep = false;
  }
}
