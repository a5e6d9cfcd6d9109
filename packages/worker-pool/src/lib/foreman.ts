import { Alarm } from "@disp/alarm";
import { callHook } from "@disp/hooks";
import { nextTurn } from "@disp/turn";
import { Crew } from "./crew.ts";
import { PoolQuitError } from "./errors.ts";
import type { PoolFailure } from "./failure.ts";
import { failureWarning } from "./failure-warning.ts";
import type { Job, JobTerms } from "./job.ts";
import { JobLine } from "./job-line.ts";
import type { PoolSize, ResolvedOptions } from "./options.ts";
import { OverdueWarning } from "./overdue-warning.ts";
import type { PoolStats, QuitResult } from "./pool-stats.ts";
import type { PoolStatus } from "./pool-status.ts";
import { RunReminder } from "./run-reminder.ts";
import { Runs } from "./runs.ts";
import type { Task, TaskFunction } from "./task.ts";
import { type Turn, TurnClock } from "./turn-clock.ts";
import type { Worker } from "./worker.ts";

/** So many starts without a rest, and everybody else gets a turn of the event loop. */
const STARTS_PER_TURN = 4_096;
/** How far off an alarm is that only keeps the process alive for a task that waits. */
const FAR_MS = 2 ** 30;

/** Who is told what a {@link Foreman} brings about. */
export interface ForemanHooks<W> {
  /** There may be room for tasks where there was none. */
  readonly onRoom: () => void;
  /** The pool has stopped. */
  readonly onQuit: (result: QuitResult<W>) => void;
}

/**
 * Brings jobs, workers and time together: it gives workers to the jobs that wait whenever one of them has changed, keeps
 * the one timer for everything that waits for a time, and sees the pool through `quit`.
 */
export class Foreman<W> {
  readonly #options: ResolvedOptions<W>;
  readonly #hooks: ForemanHooks<W>;
  readonly #line: JobLine<W>;
  readonly #runs: Runs<W>;
  readonly #crew: Crew<W>;
  readonly #clock = new TurnClock();
  readonly #alarm = new Alarm(() => this.#ring());
  readonly #deadline = new Alarm(() => this.#giveUp());
  readonly #reminder = new RunReminder();
  readonly #overdueWarning = new OverdueWarning();
  #status: PoolStatus = "stopped";
  #leftover: Task<unknown, W>[] = [];
  /** Of the last `quit`, until the next `run`. */
  #result: QuitResult<W> | undefined = undefined;
  /** Whether `quit` waits no more. */
  #hasGivenUp = false;
  /** When the last task came, or the crew was last made smaller. */
  #askedAt = 0;
  /** Whether any job was a call: others cannot be handed out ahead of time. */
  #hasCalls = false;
  #isPumping = false;
  #isResting = false;
  #startsInTurn = 0;
  /** Whether the alarm keeps the process alive. */
  #isHeld = false;

  /** @param terms - Those of all tasks that have none of their own. */
  constructor(options: ResolvedOptions<W>, terms: JobTerms, hooks: ForemanHooks<W>) {
    this.#options = options;
    this.#hooks = hooks;
    const hook = options.onError ?? failureWarning<W>();
    const onError = (failure: PoolFailure<W>): void => callHook(hook, failure);
    this.#line = new JobLine(options.order, terms);
    this.#runs = new Runs(this.#line, onError);
    this.#crew = new Crew(options, {
      onSettled: (worker, succeeded, outcome) => this.#settle(worker, succeeded, outcome),
      onChange: () => this.#pump(performance.now()),
      onGaveUp: (error) => this.#refuseNext(error),
      onCreateError: (error, attempt) => onError({ kind: "create", error, attempt }),
      onDestroyError: (error) => onError({ kind: "destroy", error, attempt: 1 }),
    });
  }

  get status(): PoolStatus {
    return this.#status;
  }

  /** Whether jobs may come. */
  get isOpen(): boolean {
    return this.#status === "running" || (this.#status === "stopped" && this.#result === undefined);
  }

  /** How many jobs there is room for. */
  get free(): number {
    const { maxQueued } = this.#options;
    if (maxQueued === Infinity) return Infinity;
    const places = this.#status === "running" ? Math.max(0, this.#crew.max - this.#crew.busy) : 0;
    return maxQueued + places - this.#waiting;
  }

  /** Jobs that have not begun, or not begun again. */
  get #waiting(): number {
    return this.#line.total + this.#runs.ahead.size;
  }

  get minWorkers(): number {
    return this.#crew.min;
  }

  get maxWorkers(): number {
    return this.#crew.max;
  }

  run(): void {
    if (this.#status !== "stopped") return;
    const now = performance.now();
    this.#status = "running";
    this.#reminder.clear();
    this.#result = undefined;
    this.#hasGivenUp = false;
    this.#askedAt = now;
    this.#runs.begin();
    this.#crew.open(now);
    this.#pump(now);
  }

  /** When a job comes that waits; one that is started at once is timed exactly. */
  get turn(): Turn {
    return this.#crew.idle > 0 ? { at: performance.now() } : this.#clock.turn;
  }

  admit(job: Job<W> | TaskFunction<unknown, W>, turn: Turn): void {
    this.#askedAt = turn.at;
    this.#line.add(job, turn);
    const isCall = typeof job === "object" && job.isCall;
    if (isCall) this.#hasCalls = true;
    if (isCall || !this.#isHeld || !this.#crew.isAtWork) this.#pump(turn.at);
  }

  readonly callOff = (job: Job<W>, reason: unknown): void => {
    this.#runs.callOff(job, reason);
    this.#pump(performance.now());
  };

  resize({ minWorkers, maxWorkers }: PoolSize): void {
    const now = performance.now();
    this.#crew.resize(minWorkers, maxWorkers, now);
    this.#pump(now);
  }

  quit(drain: boolean, timeoutMs: number): void {
    if (this.#status === "stopped") {
      this.#quitStopped();
      return;
    }
    const now = performance.now();
    if (this.#status === "running") this.#status = "draining";
    if (!drain && this.#status === "draining") this.#stop();
    const at = now + timeoutMs;
    if (at < (this.#deadline.at ?? Infinity)) this.#deadline.set(at, now);
    // While nobody waited for a worker, nobody looked whether it will ever be free.
    this.#runs.expire(this.#crew.workers, now);
    if (timeoutMs === 0) this.#giveUp();
    else this.#pump(now);
  }

  stats(): PoolStats {
    const { total, timedOut, retries, waits, times } = this.#runs;
    return {
      queued: this.#waiting,
      running: this.#crew.busy,
      workers: this.#crew.ready,
      idle: this.#crew.idle,
      starting: this.#crew.size - this.#crew.ready,
      ...total,
      timedOut,
      retries,
      waitMs: waits.percentiles(),
      runMs: times.percentiles(),
    };
  }

  #settle(worker: Worker<W>, succeeded: boolean, outcome: unknown): void {
    const now = performance.now();
    this.#runs.settle(worker, succeeded, outcome, now);
    if (worker.ahead.length > 0 && this.#goOn(worker, now)) this.#pump(now);
    else if (this.#hasNextFor(worker)) this.#startNext(worker, now);
    else {
      this.#crew.release(worker, now);
      this.#pump(now);
    }
  }

  /** The usual case under load: whoever is next is for the worker that has become free. */
  #hasNextFor(worker: Worker<W>): boolean {
    return this.#line.size > 0 && !this.#isPumping && this.#mayStart && this.#crew.keeps(worker);
  }

  /** Whether jobs are started: what comes back to the line while the pool stops is handed back. */
  get #mayStart(): boolean {
    return (this.#status === "running" || this.#status === "draining") && !this.#isResting;
  }

  #startNext(worker: Worker<W>, now: number): void {
    const job = this.#line.take();
    worker.end();
    this.#isPumping = true;
    if (job === undefined) this.#crew.putBack(worker);
    else this.#start(job, worker, now);
    this.#isPumping = false;
    // A task that has settled at once has left its worker free.
    if (this.#crew.idle > 0 && this.#line.size > 0) this.#pump(performance.now());
    else this.#attend(now);
  }

  /** Has a worker go on with what it was handed ahead of time, if it can. */
  #goOn(worker: Worker<W>, now: number): boolean {
    if (this.#crew.isUsable(worker)) return this.#runs.goOn(worker, now);
    this.#runs.ahead.returnAll(worker);
    return false;
  }

  /** There is no worker for whoever is next. */
  #refuseNext(error: unknown): void {
    const job = this.#line.take();
    if (job !== undefined) this.#runs.fail(job, error);
  }

  /** Gives workers to those that wait. */
  #pump(now: number): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    this.#startJobs(now);
    this.#isPumping = false;
    this.#attend(now);
  }

  /** Everything else that follows from what has changed. */
  #attend(now: number): void {
    this.#hooks.onRoom();
    if (this.#status === "draining" || this.#status === "stopping") this.#advanceQuit();
    if (this.#status !== "stopped") this.#keepTime(now);
    else if (this.isOpen) this.#reminder.look(this.#waiting, now);
  }

  #startJobs(now: number): void {
    const crew = this.#crew;
    const line = this.#line;
    let startAt = now;
    if (this.#runs.ahead.size > 0 && line.size === 0 && crew.idle > 0) this.#runs.ahead.steal(crew.workers);
    while (line.size > 0 && this.#mayStart) {
      const worker = crew.take(line.size, startAt);
      if (worker === undefined) {
        if (this.#hasCalls && crew.isAtWork) this.#runs.ahead.handOut(crew.workers);
        return;
      }
      // Making a worker may have cost the job its place.
      const job = line.take();
      if (job === undefined) crew.putBack(worker);
      else this.#start(job, worker, startAt);
      // The task has taken its time.
      if (line.size > 0 && crew.idle > 0) startAt = performance.now();
    }
  }

  #start(job: Job<W>, worker: Worker<W>, now: number): void {
    this.#runs.start(job, worker, now);
    this.#startsInTurn += 1;
    if (this.#startsInTurn >= STARTS_PER_TURN) void this.#rest();
  }

  /** Tasks that settle at once would otherwise keep all timers and sockets waiting. */
  async #rest(): Promise<void> {
    this.#isResting = true;
    await nextTurn();
    this.#isResting = false;
    this.#startsInTurn = 0;
    this.#pump(performance.now());
  }

  /** It was never run, or has quit before. */
  #quitStopped(): void {
    if (this.#result !== undefined) {
      this.#hooks.onQuit(this.#result);
      return;
    }
    this.#reminder.clear();
    this.#handBack("quit() before run() was ever called");
    this.#finish();
  }

  /** Hands back what waits, and tells what runs. */
  #stop(): void {
    this.#status = "stopping";
    this.#crew.seal(new PoolQuitError("create a worker", "quit()"));
    this.#runs.takeBack(this.#crew.workers);
    this.#handBack();
    this.#runs.abort(this.#crew.workers, new PoolQuitError("go on", "quit()", true));
  }

  #handBack(got = "quit()"): void {
    const reason = new PoolQuitError("do the task", got);
    for (const job of this.#line.clear()) {
      this.#leftover.push(job.task);
      job.end();
      job.reject?.(reason);
    }
  }

  /** The deadline of `quit` is over. */
  #giveUp(): void {
    if (this.#status === "draining") this.#stop();
    this.#hasGivenUp = true;
    this.#runs.takeBack(this.#crew.workers);
    this.#runs.abandon(
      this.#crew.workers,
      new PoolQuitError("wait for the task", "a deadline that is over (timeoutMs of quit)", true),
    );
    this.#pump(performance.now());
  }

  /** Those whose attempt has timed out were told so; nobody waits for them. */
  #advanceQuit(): void {
    // What a worker had not begun when it died comes back late.
    if (this.#status === "stopping" && this.#line.total > 0) this.#handBack();
    if (this.#status === "draining" && this.#isHopeless) {
      this.#giveUp();
      return;
    }
    if (this.#waiting > 0 || this.#crew.busy > this.#runs.overdue) return;
    this.#crew.close(new PoolQuitError("create a worker", "quit()"));
    if (this.#crew.leaving === 0 || this.#hasGivenUp) this.#finish();
  }

  /** Whether jobs wait for workers none of which will ever be free. */
  get #isHopeless(): boolean {
    return this.#line.size > 0 && this.#runs.overdue >= this.#crew.max && this.#crew.isStuck;
  }

  #finish(): void {
    this.#status = "stopped";
    this.#deadline.clear();
    this.#alarm.clear();
    this.#isHeld = false;
    this.#crew.hold(false, performance.now());
    this.#result = { ...this.#runs.recent, leftover: this.#leftover };
    this.#leftover = [];
    this.#hooks.onQuit(this.#result);
  }

  #ring(): void {
    const now = performance.now();
    if (this.#runs.nextTimeoutAt <= now) this.#runs.expire(this.#crew.workers, now);
    this.#line.wake(now);
    if (this.#shrinkAt <= now) {
      this.#askedAt = now;
      if (this.#line.size === 0) this.#crew.shrink();
    }
    this.#pump(now);
  }

  get #shrinkAt(): number {
    const shrinks = this.#status === "running" && this.#crew.isAboveMin;
    return shrinks ? this.#askedAt + this.#options.scaleDownAfterMs : Infinity;
  }

  /** One timer for all. It keeps the process alive while somebody waits for a task that may yet end, and only then. */
  #keepTime(now: number): void {
    if (this.#isKeptWell) return;
    const runs = this.#runs;
    // While nobody waited for a worker, nobody looked whether it will ever be free.
    if (this.#line.size > 0 && runs.overdue >= this.#crew.max) runs.expire(this.#crew.workers, now);
    const inVain = this.#isHopeless ? this.#waiting : 0;
    this.#overdueWarning.look(inVain);
    const isAwaited = this.#waiting > inVain;
    const isHeld = isAwaited || this.#crew.busy > runs.overdue;
    if (!isHeld) runs.nextTimeoutAt = Infinity;
    const far = isAwaited ? now + FAR_MS : Infinity;
    const at = Math.min(runs.nextTimeoutAt, this.#line.nextDueAt, this.#shrinkAt, far);
    const isSet = at < Infinity;
    // An alarm that rings too early finds that out; one that nobody needs has to go.
    if (isSet && isHeld === this.#isHeld && at >= (this.#alarm.at ?? Infinity)) return;
    this.#isHeld = isHeld && isSet;
    this.#alarm.set(at, now, { keepAlive: isHeld });
    this.#crew.hold(isHeld, now);
  }

  /** The usual case: there is more to do, it is not urgent, and workers will be free for it. */
  get #isKeptWell(): boolean {
    const setFor = this.#alarm.at;
    if (setFor === undefined || !this.#isHeld || this.#line.size === 0) return false;
    const isEarly = this.#runs.nextTimeoutAt < setFor || this.#line.nextDueAt < setFor;
    return !isEarly && this.#runs.overdue < this.#crew.max;
  }
}
