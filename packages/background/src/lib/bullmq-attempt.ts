import type { Job } from "bullmq";
import type { OwnedJob } from "./bullmq-key-book.ts";
import { Run } from "./run.ts";

/** What BullMQ keeps for a job of ours. */
export interface BullMqData<Arg> {
  readonly key: string;
  readonly arg: Arg;
}

/** The life of an attempt, in order. */
export const AT_WORK = 0;
/** `process` is over, and Redis is being told. */
export const SETTLING = 1;
/** Nobody waits for it any more. */
export const ABANDONED = 2;

/** One run of a job here. */
export class Attempt<Arg> implements OwnedJob {
  readonly job: Job<BullMqData<Arg>, void>;
  readonly key: string;
  readonly id: string;
  readonly token: string;
  readonly stalls: number;
  /** 1 at the first attempt. */
  readonly number: number;
  readonly run: Run;
  state: typeof AT_WORK | typeof SETTLING | typeof ABANDONED = AT_WORK;
  /** Milliseconds that its slot is to pause afterwards. */
  pauseMs = 0;

  constructor(job: Job<BullMqData<Arg>, void>, token: string) {
    this.job = job;
    this.key = job.data.key;
    this.id = job.id ?? "";
    this.token = token;
    this.stalls = job.stalledCounter;
    this.number = job.attemptsMade + 1;
    this.run = new Run(this.key, this.number);
  }
}
