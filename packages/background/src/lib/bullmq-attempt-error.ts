import { show } from "@disp/options";
import type { JobFailure } from "./options.ts";

/** What BullMQ takes for "do not try again". */
export const NEVER = -1;

/**
 * How a failed attempt reaches BullMQ: with the message and the stack of what was thrown, whatever that was, and with what
 * is to be done next. BullMQ knows some of its own errors by their names, so that nothing of the user's gets through.
 */
export class AttemptError extends Error {
  readonly failure: JobFailure<unknown>;
  /** Milliseconds until the next attempt, or {@link NEVER}. */
  readonly delayMs: number;

  constructor(failure: JobFailure<unknown>, delayMs: number) {
    const { error } = failure;
    super(messageOf(error), { cause: error });
    if (error instanceof Error && error.stack !== undefined) this.stack = error.stack;
    this.failure = failure;
    this.delayMs = delayMs;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : show(error);
}
