import { callHook, QuietWarning } from "@disp/hooks";
import { show } from "@disp/options";
import type { JobFailure } from "./options.ts";

/** Tells `onError` of failures, or the console, if nobody asked to hear of them: nothing is lost in silence. */
export class FailureReports<Arg> {
  readonly #onError: ((failure: JobFailure<Arg>) => void) | undefined;
  readonly #warning = new QuietWarning<JobFailure<Arg>>(words);
  readonly #storeWarning = new QuietWarning<{ readonly error: unknown }>(storeWords);

  constructor(onError: ((failure: JobFailure<Arg>) => void) | undefined) {
    this.#onError = onError;
  }

  report(failure: JobFailure<Arg>): void {
    if (this.#onError === undefined) this.#warning.hear(failure);
    else callHook(this.#onError, failure);
  }

  /** The store has failed, and a job was scheduled without it: a store that never works would not be noticed otherwise. */
  reportStore(error: unknown): void {
    this.#storeWarning.hear({ error });
  }

  /** Says on the console what was not said yet. */
  end(): void {
    this.#warning.tell();
    this.#storeWarning.tell();
  }
}

function words(untold: number, { key, error }: JobFailure<unknown>): unknown[] {
  const noun = untold === 1 ? "failure" : "failures";
  const advice = "Pass onError to handle failures, or to silence this line.";
  return [`@disp/background: ${untold} ${noun}, the last of the job ${show(key)}. ${advice}`, error];
}

function storeWords(untold: number, { error }: { readonly error: unknown }): unknown[] {
  const jobs = untold === 1 ? "1 job was" : `${untold} jobs were`;
  const told = `${jobs} scheduled without the dedup store, which failed: others may do the same (whenStoreFails)`;
  return [`@disp/background: ${told}. The last error:`, error];
}
