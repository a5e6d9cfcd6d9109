import { Alarm } from "@disp/alarm";
import { retryDelay } from "@disp/hooks";
import { RedisUnavailableError } from "@disp/redis";
import { retry } from "@disp/retry";
import { DelayedError, type Job, Worker } from "bullmq";
import { ABANDONED, Attempt, type BullMqData, SETTLING } from "./bullmq-attempt.ts";
import { AttemptError, messageOf, NEVER } from "./bullmq-attempt-error.ts";
import { closedTooSoon, hasEnded, type OpenClient } from "./bullmq-connection.ts";
import { JobStalledError, LeaseLostError } from "./bullmq-errors.ts";
import type { KeyBook, Verdict } from "./bullmq-key-book.ts";
import type { BullMqProcessorOptions, ResolvedBullMqOptions } from "./bullmq-options.ts";
import type { FailureReports } from "./failure-reports.ts";
import { pauseMsOf } from "./pause.ts";
import { Run } from "./run.ts";
import { Slots } from "./slots.ts";

/** How long BullMQ, and we, wait before asking a Redis again that was away. */
const AGAIN_AFTER_MS = 500;

/** What a crew needs, and whom to tell. */
export interface CrewParts<Arg> {
  readonly options: ResolvedBullMqOptions<Arg>;
  readonly process: NonNullable<BullMqProcessorOptions<Arg>["process"]>;
  readonly client: OpenClient;
  /** What the keys are written with. */
  readonly keyClient: OpenClient;
  readonly keys: KeyBook;
  readonly reports: FailureReports<Arg>;
  readonly onConnectionError: (error: unknown) => void;
  /** Called when no job runs here any more, and again when BullMQ has done with the last one. */
  readonly onIdle: () => void;
}

/**
 * The jobs that run here. BullMQ's worker fetches them, keeps its claim on them, and finds those that were left behind;
 * here it is decided what becomes of them. A job ends in two steps: its key is told first, then BullMQ removes it. After a
 * crash in between it is brought back, found to be over, and not run.
 */
export class Crew<Arg> {
  readonly #parts: CrewParts<Arg>;
  readonly #worker: Worker<BullMqData<Arg>, void>;
  readonly #slots: Slots;
  readonly #attempts = new Set<Attempt<Arg>>();
  readonly #alarm = new Alarm(() => this.#endPauses());
  /** Aborted when nobody waits for Redis any more. */
  readonly #gone = new AbortController();
  /** Why jobs are told to end. */
  #halted: { readonly reason: unknown } | undefined;
  #isResting = false;
  /** Whether Redis was there once. */
  #wasConnected = false;

  constructor(parts: CrewParts<Arg>) {
    const { options, client, onConnectionError } = parts;
    this.#parts = parts;
    this.#slots = new Slots(options.concurrency);
    this.#worker = new Worker<BullMqData<Arg>, void>(options.name, (job, token) => this.#take(job, token), {
      connection: client.client,
      prefix: options.prefix,
      concurrency: options.concurrency,
      lockDuration: options.leaseMs,
      stalledInterval: Math.ceil(options.leaseMs / 2),
      // Jobs that BullMQ gave up by itself would never tell their keys. See #perform.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      runRetryDelay: AGAIN_AFTER_MS,
      settings: { backoffStrategy: (_attempt, _type, error) => delayAfter(error) },
    });
    this.#worker.on("error", onConnectionError);
    this.#worker.on("ready", () => {
      this.#wasConnected = true;
    });
    this.#worker.on("completed", () => this.#tellIfIdle());
    this.#worker.on("failed", (_job, error) => {
      this.#report(error);
      this.#tellIfIdle();
    });
  }

  /** How BullMQ knows it. */
  get id(): string {
    return this.#worker.id;
  }

  /** How many jobs run here. */
  get running(): number {
    return this.#attempts.size;
  }

  /** Fetches no more jobs. */
  rest(): void {
    this.#isResting = true;
    this.#alarm.clear();
    this.#pause();
  }

  /** Fetches no more jobs, and tells the running ones to end. */
  halt(reason: unknown): void {
    this.rest();
    this.#halted ??= { reason };
    for (const { run } of this.#attempts) Run.abort(run, reason);
  }

  /** Waits no longer for jobs that still run. @returns those. */
  abandon(): Attempt<Arg>[] {
    const left = [...this.#attempts].filter(({ state }) => state < SETTLING);
    for (const attempt of left) {
      attempt.state = ABANDONED;
      this.#attempts.delete(attempt);
    }
    return left;
  }

  /** Waits for BullMQ to be done with what it has fetched. */
  async close(): Promise<void> {
    // Without a connection nothing was fetched, and BullMQ would wait for the connection, even when it is told to cut it later.
    await this.#worker.close(!this.#wasConnected || hasEnded(this.#parts.client));
    this.cut();
  }

  /** Lets everything go at once. What was not finished is found by another instance. */
  cut(): void {
    this.#gone.abort();
    this.#worker.close(true).catch(this.#parts.onConnectionError);
    this.#parts.client.close();
  }

  async #take(job: Job<BullMqData<Arg>, void>, token = ""): Promise<void> {
    // It was fetched while the crew was halted.
    if (this.#halted !== undefined) return this.#putBack(job, token);
    const attempt = new Attempt(job, token);
    this.#attempts.add(attempt);
    this.#slots.take();
    try {
      await this.#perform(attempt);
    } finally {
      this.#leave(attempt);
    }
  }

  async #perform(attempt: Attempt<Arg>): Promise<void> {
    if (attempt.stalls > 0) {
      const verdict = await this.#persist(() => this.#parts.keys.verdictOn(attempt));
      if (verdict?.kind === "done") return;
      if (verdict?.kind === "failed") throw new AttemptError(failureOf(attempt, new Error(verdict.message)), NEVER);
      if (attempt.stalls > this.#parts.options.maxStalls) {
        return this.#giveUp(attempt, new JobStalledError(attempt.key, attempt.stalls));
      }
    }
    let answer: number | void;
    try {
      answer = await this.#parts.process(attempt.job.data.arg, attempt.run);
    } catch (error) {
      return this.#fail(attempt, error);
    }
    this.#notePause(attempt, answer);
    await this.#end(attempt, { kind: "done" });
  }

  async #fail(attempt: Attempt<Arg>, error: unknown): Promise<void> {
    if (attempt.state === ABANDONED) throw new DelayedError();
    if (this.#halted !== undefined) {
      attempt.state = SETTLING;
      return this.#putBack(attempt.job, attempt.token);
    }
    const delayMs = retryDelay(this.#parts.options.retry, attempt.number, error);
    if (delayMs === undefined) return this.#giveUp(attempt, error);
    attempt.state = SETTLING;
    throw new AttemptError(failureOf(attempt, error), Math.ceil(delayMs));
  }

  async #giveUp(attempt: Attempt<Arg>, error: unknown): Promise<void> {
    await this.#end(attempt, { kind: "failed", message: messageOf(error) });
    throw new AttemptError(failureOf(attempt, error), NEVER);
  }

  /** Tells the key that its job is over. Throws when BullMQ shall not end the job. */
  async #end(attempt: Attempt<Arg>, verdict: Verdict): Promise<void> {
    if (attempt.state === ABANDONED) throw new DelayedError();
    attempt.state = SETTLING;
    if (await this.#persist(() => this.#parts.keys.end(attempt, verdict))) return;
    this.#parts.reports.report(failureOf(attempt, new LeaseLostError(attempt.key)));
    throw new DelayedError();
  }

  /** The job goes back in line, and the attempt does not count. If Redis is away, it will be found later. */
  async #putBack(job: Job<BullMqData<Arg>, void>, token: string): Promise<never> {
    await job.moveToDelayed(Date.now(), token).catch(this.#parts.onConnectionError);
    // BullMQ's word for: the job is elsewhere, leave it alone.
    throw new DelayedError();
  }

  /** What is over must be written down, even if Redis comes back much later. Its absence is told by BullMQ meanwhile. */
  async #persist<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof RedisUnavailableError)) throw error;
    }
    const policy = { nextDelayMs: (_: number, error: unknown) => this.#delayWhileAway(error) };
    try {
      return await retry(call, { policy, signal: this.#gone.signal });
    } catch (error) {
      const isCutOff = error instanceof RedisUnavailableError;
      if (isCutOff) this.#parts.onConnectionError(closedTooSoon());
      // It is left to whoever finds it.
      throw isCutOff || this.#gone.signal.aborted ? new DelayedError() : error;
    }
  }

  /** A client that was closed does not come back: whoever stops does not wait for it. */
  #delayWhileAway(error: unknown): number | undefined {
    const isCutOff = this.#isResting && hasEnded(this.#parts.keyClient);
    return error instanceof RedisUnavailableError && !isCutOff ? AGAIN_AFTER_MS : undefined;
  }

  #leave(attempt: Attempt<Arg>): void {
    const { pauseMs } = attempt;
    if (pauseMs > 0) this.#slots.freeAt(performance.now() + pauseMs);
    else this.#slots.free();
    this.#adjust();
    if (this.#attempts.delete(attempt)) this.#tellIfIdle();
  }

  #tellIfIdle(): void {
    if (this.#attempts.size === 0) this.#parts.onIdle();
  }

  #notePause(attempt: Attempt<Arg>, answer: unknown): void {
    try {
      attempt.pauseMs = pauseMsOf(answer);
    } catch (error) {
      this.#parts.reports.report(failureOf(attempt, error));
    }
  }

  #endPauses(): void {
    this.#slots.wake(performance.now());
    this.#adjust();
  }

  /** A slot that pauses must fetch nothing: what it fetched could not be run elsewhere meanwhile. */
  #adjust(): void {
    const worker = this.#worker;
    const open = this.#parts.options.concurrency - this.#slots.paused;
    if (this.#isResting || (open === worker.concurrency && !worker.isPaused())) return;
    if (open === 0) this.#pause();
    else this.#allow(open);
    this.#alarm.set(this.#slots.nextWakeAt, performance.now());
  }

  #allow(open: number): void {
    const worker = this.#worker;
    const before = worker.concurrency;
    worker.concurrency = open;
    // Told of more slots in no other way, BullMQ would fetch nothing for them until one of its jobs is over.
    if (open > before && !worker.isPaused()) this.#pause();
    // With BullMQ 5 it is no promise.
    if (worker.isPaused()) void worker.resume();
  }

  #pause(): void {
    this.#worker.pause(true).catch(this.#parts.onConnectionError);
  }

  #report(error: unknown): void {
    if (!(error instanceof AttemptError) || error.delayMs !== NEVER) return;
    this.#parts.reports.report(error.failure as Parameters<FailureReports<Arg>["report"]>[0]);
  }
}

function delayAfter(error: unknown): number {
  // Anything else is BullMQ's own trouble with a job: it has to be looked at once more.
  return error instanceof AttemptError ? error.delayMs : AGAIN_AFTER_MS;
}

function failureOf<Arg>(attempt: Attempt<Arg>, error: unknown) {
  return { key: attempt.key, arg: attempt.job.data.arg, error, attempt: attempt.number };
}
