import { callHook, QuietWarning } from "@disp/hooks";
import { show } from "@disp/options";
import type { JobFailure } from "./options.ts";

/** Tells `onError` of failures, or the console, if nobody asked to hear of them: nothing is lost in silence. */
export class FailureReports<Arg> {
  readonly #onError: ((failure: JobFailure<Arg>) => void) | undefined;
  readonly #warning = new QuietWarning<JobFailure<Arg>>(words);

  constructor(onError: ((failure: JobFailure<Arg>) => void) | undefined) {
    this.#onError = onError;
  }

  report(failure: JobFailure<Arg>): void {
    if (this.#onError === undefined) this.#warning.hear(failure);
    else callHook(this.#onError, failure);
  }

  /** Says on the console what was not said yet. */
  end(): void {
    this.#warning.tell();
  }
}

function words(untold: number, { key, error }: JobFailure<unknown>): unknown[] {
  const noun = untold === 1 ? "failure" : "failures";
  const advice = "Pass onError to handle failures, or to silence this line.";
  return [`@disp/background: ${untold} ${noun}, the last of the job ${show(key)}. ${advice}`, error];
}
