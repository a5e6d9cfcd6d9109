import type { OnDone, OnFail } from "../callable-worker.ts";

/** A call that is not answered yet. */
export class PendingCall {
  /** Its number once it was posted. */
  number = 0;
  /** Why it can never be posted. It keeps its place, for answers come in order. */
  failure: { readonly error: unknown } | undefined = undefined;
  readonly task: number;
  /** What was moved cannot be sent again: such a call is posted when nothing is before it, and nothing is posted behind it. */
  readonly movesArgs: boolean;
  readonly args: readonly unknown[];
  readonly transfer: readonly unknown[];
  readonly onDone: OnDone;
  readonly onFail: OnFail;

  constructor(task: number, args: readonly unknown[], transfer: readonly unknown[], onDone: OnDone, onFail: OnFail) {
    this.task = task;
    this.args = args;
    this.transfer = transfer;
    this.movesArgs = transfer.length > 0;
    this.onDone = onDone;
    this.onFail = onFail;
  }
}
