import { AbortContext } from "@disp/abort";
import type { TaskContext } from "./task.ts";

/** The context of one attempt. */
export class RunContext<W> extends AbortContext implements TaskContext<W> {
  readonly worker: W;
  readonly attempt: number;

  constructor(worker: W, attempt: number) {
    super();
    this.worker = worker;
    this.attempt = attempt;
  }
}
