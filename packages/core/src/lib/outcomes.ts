import {
  type BufferStats,
  type Drop,
  type DropReason,
  ItemTooLargeError,
  ItemTooSmallError,
  type Receipt,
} from "@disp/buffer";
import { DropWarning } from "./drop-warning.ts";
import { callHook } from "@disp/hooks";
import type { Summary } from "./summary.ts";

/** Keeps count of what the buffer does not know: why items were dropped, and which were abandoned. */
export class Outcomes<T> {
  readonly #onDrop: ((drop: Drop<T>) => void) | undefined;
  readonly #warning = new DropWarning();
  readonly #dropped: Record<DropReason, number> = {
    overflow: 0,
    rejected: 0,
    "retries-exhausted": 0,
    expired: 0,
    conflated: 0,
    aborted: 0,
    "too-large": 0,
    "too-small": 0,
  };
  #isAbandoning = false;
  #abandoned = 0;
  /** Items that were accepted only to be dropped at the door: the buffer never saw them. */
  #unfit = 0;

  constructor(onDrop: ((drop: Drop<T>) => void) | undefined) {
    this.#onDrop = onDrop;
  }

  hearDrop(drop: Drop<T>): void {
    if (this.#isAbandoning) {
      this.#abandoned += drop.items.length;
      return;
    }
    this.#dropped[drop.reason] += drop.items.length;
    if (this.#onDrop === undefined) this.#warning.hear(drop);
    else callHook(this.#onDrop, drop);
  }

  /** Drops an item if `error` says that it fits no batch. */
  dropUnfit(item: T, error: unknown, receipt?: Receipt): boolean {
    const reason = unfitness(error);
    if (reason === undefined) return false;
    this.#unfit += 1;
    const drop: Drop<T> = { items: [item], reason, error, attempts: 0 };
    receipt?.dropped(drop);
    this.hearDrop(drop);
    return true;
  }

  /** What is dropped while `abandon` runs counts as abandoned: it may have been delivered, nobody knows. */
  whileAbandoning(abandon: () => void): void {
    this.#isAbandoning = true;
    abandon();
    this.#isAbandoning = false;
  }

  summary({ total, delivered, dropped }: BufferStats): Summary {
    return {
      accepted: total.items + delivered.items + dropped.items + this.#unfit,
      delivered: delivered.items,
      dropped: { ...this.#dropped },
      abandoned: this.#abandoned,
    };
  }

  /** Says on the console what was not said yet. */
  end(): void {
    this.#warning.tell();
  }
}

function unfitness(error: unknown): "too-large" | "too-small" | undefined {
  if (error instanceof ItemTooLargeError) return "too-large";
  return error instanceof ItemTooSmallError ? "too-small" : undefined;
}
