import type { Linked } from "./linked-list.ts";
import type { Operation, OperationHost } from "./operation.ts";

/** The life of a batch, in order: it only moves forward. */
export const COLLECTING = 0;
/** Its turn in its lane may come. */
export const READY = 1;
/** It has its lane, and is loaded: newcomers are in time. */
export const LOADING = 2;
/** Its operations have begun. */
export const RUNNING = 3;
/** Every run of it is settled. */
export const SETTLED = 4;

/** What surrounds the batches. */
export interface BatchHost<Resource> {
  /** How many operations of all batches have not run. */
  waiting: number;
  /** Called when the last operation of a batch that has not got its lane was cancelled. */
  emptied(batch: Batch<Resource>): void;
}

/** Operations of one key that share a load and a save. */
export class Batch<Resource> implements OperationHost<Resource>, Linked<Batch<Resource>> {
  next: Batch<Resource> | undefined = undefined;
  previous: Batch<Resource> | undefined = undefined;
  list: object | undefined = undefined;
  stage: typeof COLLECTING | typeof READY | typeof LOADING | typeof RUNNING | typeof SETTLED = COLLECTING;
  /** Whether newcomers for its key join it. */
  isOpen = true;
  readonly key: string;
  readonly lane: number;
  /** When its first operation came. */
  readonly openedAt: number;
  /** When it joined the line of its lane. */
  readyAt: number = Infinity;
  /** In the order of the calls. Who was cancelled left an empty place. */
  operations: (Operation<Resource> | undefined)[] = [];
  /** Operations that were not cancelled. */
  live = 0;
  cancelledCount = 0;
  readonly #host: BatchHost<Resource>;
  /** Operations that have not run. */
  #waiting = 0;

  constructor(host: BatchHost<Resource>, key: string, lane: number, now: number) {
    this.#host = host;
    this.key = key;
    this.lane = lane;
    this.openedAt = now;
  }

  /** Called by an operation that is new. */
  joined(operation: Operation<Resource>): void {
    operation.index = this.operations.length;
    this.operations.push(operation);
    this.live += 1;
    this.#waiting += 1;
    this.#host.waiting += 1;
  }

  began(): void {
    this.#waiting -= 1;
    this.#host.waiting -= 1;
  }

  cancelled(operation: Operation<Resource>): void {
    this.began();
    this.live -= 1;
    this.cancelledCount += 1;
    this.operations[operation.index] = undefined;
    // While they run, places are counted by somebody.
    if (this.stage < RUNNING && 2 * this.live < this.operations.length) this.#compact();
    if (this.live === 0 && this.stage < LOADING) this.#host.emptied(this);
  }

  /** Settles every run: undefined = the batch was saved, or there was nothing to save. */
  settle(failure: Error | undefined): void {
    this.stage = SETTLED;
    this.#host.waiting -= this.#waiting;
    this.#waiting = 0;
    for (const operation of this.operations) {
      if (failure === undefined) operation?.succeed();
      else operation?.fail(failure);
    }
  }

  /** More than half of the places are empty, so this costs each cancelled one a constant. */
  #compact(): void {
    this.operations = this.operations.filter((operation) => operation !== undefined);
    this.operations.forEach((operation, index) => {
      if (operation !== undefined) operation.index = index;
    });
  }
}
