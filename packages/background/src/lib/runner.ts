import { Alarm } from "@disp/alarm";
import { retryDelay } from "@disp/hooks";
import { nextTurn } from "@disp/turn";
import type { FailureReports } from "./failure-reports.ts";
import { type Job, RUNNING, WAITING } from "./job.ts";
import { JobLine } from "./job-line.ts";
import type { ResolvedOptions } from "./options.ts";
import { pauseMsOf } from "./pause.ts";
import { Run } from "./run.ts";
import { RunningJobs } from "./running-jobs.ts";
import { Slots } from "./slots.ts";
import type { Tally } from "./stats.ts";

/** So many jobs without a rest, and everybody else gets a turn of the event loop. */
const JOBS_PER_TURN = 1_024;

/** What the runner needs, and whom to tell. */
export interface RunnerParts<Arg> {
  readonly options: Pick<ResolvedOptions<Arg>, "process" | "retry" | "concurrency" | "initialCapacity">;
  readonly tally: Tally;
  readonly reports: FailureReports<Arg>;
  /** Called when the hold that a trailing job waited for has passed. */
  readonly onTurn: (job: Job<Arg>, now: number) => void;
  /** Called when a job is over: it succeeded, or has no attempt left. */
  readonly onOver: (job: Job<Arg>) => void;
  /** Called when a job would be tried again, but the runner was halted. */
  readonly onLeftOver: (job: Job<Arg>) => void;
}

/**
 * The loop: it starts the jobs in line as slots get idle. It runs whenever a job comes or settles, and when its one timer
 * says that a pause is over or that a job has waited long enough. A job is known by its place among the running ones; one
 * that settles after it was abandoned is no longer there, and is ignored.
 */
export class Runner<Arg> {
  readonly #parts: RunnerParts<Arg>;
  readonly #line: JobLine<Arg>;
  readonly #slots: Slots;
  readonly #running = new RunningJobs<Arg>();
  readonly #alarm = new Alarm(() => this.pump());
  #willPump = false;
  #isPumping = false;
  #isResting = false;
  #isHalted = false;
  #startsInTurn = 0;

  constructor(parts: RunnerParts<Arg>) {
    this.#parts = parts;
    this.#line = new JobLine(parts.options.initialCapacity);
    this.#slots = new Slots(parts.options.concurrency);
  }

  /** How many jobs wait, in line or for their time. */
  get waiting(): number {
    return this.#line.size;
  }

  get running(): number {
    return this.#running.size;
  }

  /** Puts a job in line. It is started when the present burst of calls is over, at the earliest. */
  add(job: Job<Arg>): void {
    this.#line.join(job);
    if (this.#willPump) return;
    this.#willPump = true;
    queueMicrotask(this.#pumpNow);
  }

  readonly #pumpNow = (): void => {
    this.#willPump = false;
    this.pump();
  };

  /** Puts a job in line once `readyAt` has come, and the loop runs. */
  addAt(job: Job<Arg>, readyAt: number): void {
    this.#line.delay(job, readyAt);
  }

  /** Starts no more jobs, and no more attempts. @returns those that wait. */
  halt(): Job<Arg>[] {
    this.#isHalted = true;
    this.#alarm.clear();
    return this.#line.clear();
  }

  /** The jobs that run, in the order in which they were scheduled. */
  runningJobs(): Job<Arg>[] {
    return this.#running.inOrder();
  }

  /** Tells the running jobs to end. */
  abort(reason: unknown): void {
    for (const { run } of this.runningJobs()) if (run !== undefined) Run.abort(run, reason);
  }

  /** Waits no longer for those that still run. */
  abandon(): Job<Arg>[] {
    return this.#running.leaveAll();
  }

  /** Starts what can be started now. */
  pump(): void {
    if (this.#isPumping || this.#isHalted) return;
    this.#isPumping = true;
    this.#wake();
    while (this.#line.ready > 0 && this.#slots.idle > 0 && !this.#isResting) this.#startNext();
    this.#isPumping = false;
    this.#setAlarm();
  }

  #wake(): void {
    if (this.#line.delayed === 0 && this.#slots.paused === 0) return;
    const now = performance.now();
    this.#slots.wake(now);
    const retries: Job<Arg>[] = [];
    for (const job of this.#line.due(now)) {
      if (job.isTrailing) {
        this.#parts.onTurn(job, now);
        this.#line.join(job);
      } else retries.push(job);
    }
    this.#line.rejoin(retries);
  }

  #startNext(): void {
    const job = this.#line.next();
    if (job === undefined) return;
    this.#startsInTurn += 1;
    if (this.#startsInTurn === JOBS_PER_TURN) void this.#rest();
    this.#start(job);
  }

  /** Jobs that settle at once, and cause more of their kind, would otherwise keep all timers and sockets waiting. */
  async #rest(): Promise<void> {
    this.#isResting = true;
    await nextTurn();
    this.#isResting = false;
    this.#startsInTurn = 0;
    this.pump();
  }

  #start(job: Job<Arg>): void {
    job.state = RUNNING;
    job.attempt += 1;
    if (job.attempt > 1) this.#parts.tally.retries += 1;
    const run = new Run(job.key, job.attempt);
    job.run = run;
    this.#running.enter(job);
    this.#slots.take();
    let answer: number | void | Promise<number | void>;
    try {
      answer = this.#parts.options.process(job.arg, run);
    } catch (error) {
      this.#fail(job, error);
      return;
    }
    if (answer === undefined || typeof answer === "number") this.#succeed(job, answer);
    else {
      Promise.resolve(answer).then(
        (pause) => this.#succeed(job, pause),
        (error: unknown) => this.#fail(job, error),
      );
    }
  }

  #succeed(job: Job<Arg>, answer: unknown): void {
    if (!this.#running.leave(job)) return;
    this.#parts.tally.completed += 1;
    const mistake = this.#leaveSlot(answer);
    this.#parts.onOver(job);
    if (mistake !== undefined) this.#report(job, mistake.error);
    this.pump();
  }

  #leaveSlot(answer: unknown): { readonly error: unknown } | undefined {
    let pauseMs: number;
    try {
      pauseMs = pauseMsOf(answer);
    } catch (error) {
      this.#slots.free();
      return { error };
    }
    if (pauseMs === 0) this.#slots.free();
    else this.#slots.freeAt(performance.now() + pauseMs);
    return undefined;
  }

  #fail(job: Job<Arg>, error: unknown): void {
    if (!this.#running.leave(job)) return;
    this.#slots.free();
    const delayMs = retryDelay(this.#parts.options.retry, job.attempt, error);
    if (delayMs === undefined) this.#giveUp(job, error);
    else if (this.#isHalted) this.#parts.onLeftOver(job);
    else {
      job.state = WAITING;
      this.#line.delay(job, performance.now() + delayMs);
    }
    this.pump();
  }

  #giveUp(job: Job<Arg>, error: unknown): void {
    this.#parts.tally.failed += 1;
    this.#parts.onOver(job);
    // Told last, so that whoever schedules it anew is not refused for the job that just failed.
    this.#report(job, error);
  }

  #report({ key, arg, attempt }: Job<Arg>, error: unknown): void {
    this.#parts.reports.report({ key, arg, error, attempt });
  }

  /** One timer for everything that waits for a time, and none while nothing does. */
  #setAlarm(): void {
    const at = this.#nextAt();
    if (at !== Infinity) this.#alarm.set(at, performance.now());
    else if (this.#alarm.at !== undefined) this.#alarm.clear();
  }

  #nextAt(): number {
    const line = this.#line;
    const slots = this.#slots;
    // After a rest the loop runs anyway, and when a job settles.
    if (line.size === 0 || this.#isResting) return Infinity;
    if (slots.idle > 0) return line.nextReadyAt;
    return line.ready > 0 ? slots.nextWakeAt : Math.max(slots.nextWakeAt, line.nextReadyAt);
  }
}
