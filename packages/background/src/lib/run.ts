import { AbortContext } from "@disp/abort";
import type { JobContext } from "./job-context.ts";

/** One attempt at a job, as the job itself sees it. */
export class Run extends AbortContext implements JobContext {
  readonly key: string;
  readonly attempt: number;

  constructor(key: string, attempt: number) {
    super();
    this.key = key;
    this.attempt = attempt;
  }
}
