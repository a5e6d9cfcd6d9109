import { nextTurn } from "@disp/turn";

/** Operations without a rest, and everybody else gets a turn of the event loop. */
const OPERATIONS_PER_TURN = 8_192;
/** What a batch counts besides its operations: 1,024 batches without any are as much as 8,192 operations. */
export const BATCH_COST = 8;

/** How much can be done at once: work that never waits would otherwise keep all timers and sockets waiting. */
export class Stamina {
  #left = OPERATIONS_PER_TURN;
  #rest: Promise<void> | undefined;

  /** How many operations may run before the next rest. */
  get left(): number {
    return this.#left;
  }

  spend(operations: number): void {
    this.#left = Math.max(0, this.#left - operations);
  }

  /** Resolves in the next turn of the event loop, with new stamina. All who rest at the same time share one turn. */
  rest(): Promise<void> {
    this.#rest ??= nextTurn().then(() => {
      this.#left = OPERATIONS_PER_TURN;
      this.#rest = undefined;
    });
    return this.#rest;
  }
}
