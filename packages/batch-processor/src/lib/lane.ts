import type { Timed as InHeap } from "@disp/heap";
import type { Batch } from "./batch.ts";
import { LinkedList } from "./linked-list.ts";

/** Where batches stand in line for the one place at work. */
export class Lane<Resource> implements InHeap {
  /** Its number. */
  readonly id: number;
  /** Batches whose turn has not come, in the order in which they became ready. */
  readonly line: LinkedList<Batch<Resource>> = new LinkedList<Batch<Resource>>();
  /** Whether a batch has it, or a call that is overdue. */
  isTaken = false;
  /** Who has it. */
  run: { abort(reason: unknown): void } | undefined = undefined;
  /** Whether it is to be looked at when the current burst of calls is over. */
  isScheduled = false;
  /** The key of the overdue call that keeps it. */
  blockedBy: string | undefined = undefined;
  /** While it is blocked and somebody waits: when the first of them has waited long enough. */
  readyAt: number = Infinity;
  heapIndex = -1;

  constructor(id: number) {
    this.id = id;
  }
}
