import { addAbortListener, removeAbortListener } from "@disp/abort";
import { show } from "@disp/options";
import type { CallableWorker } from "./callable-worker.ts";
import type { TaskContext, TaskObject } from "./task.ts";

/** A task that a worker knows by name. The pool hands it to the worker itself, maybe ahead of time. */
export class CallTask implements TaskObject<unknown, CallableWorker<unknown>> {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly transfer: readonly unknown[];

  constructor(name: string, args: readonly unknown[], transfer: readonly unknown[]) {
    this.name = name;
    this.args = args;
    this.transfer = transfer;
  }

  /** For whoever got it back from `quit` and runs it as a task like any other. */
  execute({ worker, signal }: TaskContext<CallableWorker<unknown>>): Promise<unknown> {
    if (!isCallable(worker)) {
      throw new TypeError(`Cannot call "${this.name}": the pool's workers must take calls, got ${show(worker)}`);
    }
    const listener = { handleAbort: () => worker.abort(signal.reason) };
    addAbortListener(signal, listener);
    return new Promise((resolve, reject) => {
      worker.call(this.name, this.args, this.transfer, resolve, reject);
    }).finally(() => removeAbortListener(signal, listener));
  }
}

/** Whether a worker takes calls, as far as one can see. */
export function isCallable(worker: unknown): worker is CallableWorker<unknown> {
  return typeof worker === "object" && worker !== null && "call" in worker && "takeBack" in worker;
}
