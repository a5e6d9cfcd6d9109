import type { Lease } from "@disp/buffer";
import { SendTimeoutError } from "./errors.ts";
import { type Verdict, verdictOf } from "./verdict.ts";
import type { ResolvedOptions } from "./options.ts";
import { callHook, QuietWarning, reportError } from "@disp/hooks";
import { RunningSend } from "./running-send.ts";
import type { DispatcherStats } from "./summary.ts";

type SenderStats = Pick<DispatcherStats, "inFlight" | "batches" | "sends" | "retries" | "failures" | "oldestSendAgeMs">;

type SenderOptions<T> = Pick<ResolvedOptions<T>, "send" | "onError" | "maxConcurrency" | "sendTimeoutMs">;

/**
 * The hands: they call `send` for each lease and end the lease by what comes of it. A send is known by its place among
 * the running ones; one that answers after it was timed out or abandoned is no longer there, and is ignored.
 */
export class Senders<T> {
  readonly #options: SenderOptions<T>;
  readonly #onSettled: () => void;
  /** In the order in which they were started, which is also the order in which they time out. */
  readonly #running = new Set<RunningSend<T>>();
  #calledOff: { readonly reason: unknown } | undefined;
  /** A heartbeat that fails loses no item, so nobody else would tell. */
  readonly #heartbeatWarning = new QuietWarning<unknown>((untold, last) => [
    `@disp/core: ${untold} heartbeat(s) failed, the last with:`,
    last,
  ]);
  /** When the last send was started. */
  lastStartAt: number;
  sent = 0;
  batches = 0;
  retries = 0;
  failures = 0;
  /** What the last send that settled failed with; undefined = it succeeded. */
  lastFailure: { readonly cause: unknown } | undefined;

  constructor(options: SenderOptions<T>, now: number, onSettled: () => void) {
    this.#options = options;
    this.#onSettled = onSettled;
    this.lastStartAt = now;
  }

  get running(): number {
    return this.#running.size;
  }

  get idle(): number {
    return this.#options.maxConcurrency - this.#running.size;
  }

  /** When the next running send times out; Infinity = none will. */
  get nextTimeoutAt(): number {
    return this.#oldest?.timesOutAt ?? Infinity;
  }

  stats(now: number): SenderStats {
    return {
      inFlight: this.running,
      batches: this.batches,
      sends: this.sent,
      retries: this.retries,
      failures: this.failures,
      oldestSendAgeMs: now - (this.#oldest?.startedAt ?? now),
    };
  }

  start(lease: Lease<T>, now: number): void {
    const send = new RunningSend(lease, now, this.#options.sendTimeoutMs);
    this.#running.add(send);
    this.lastStartAt = now;
    this.sent += 1;
    if (lease.batch.attempt > 1) this.retries += 1;
    else if (!lease.batch.synthetic) this.batches += 1;
    let answer: unknown;
    try {
      answer = this.#options.send(lease.batch, send.context);
    } catch (error) {
      this.#fail(send, error);
      return;
    }
    if (answer === undefined) this.#succeed(send);
    else {
      void Promise.resolve(answer).then(
        () => this.#succeed(send),
        (error: unknown) => this.#fail(send, error),
      );
    }
  }

  /** Counts those that took too long as failed. */
  expire(now: number): void {
    for (let send = this.#oldest; send !== undefined && send.timesOutAt <= now; send = this.#oldest) {
      const error = new SendTimeoutError(this.#options.sendTimeoutMs);
      this.#fail(send, error);
      send.abort(error);
    }
  }

  /** Aborts what runs; whatever fails from now on is dropped as `"aborted"`. */
  callOff(reason: unknown): void {
    this.#calledOff = { reason };
    for (const send of [...this.#running]) send.abort(reason);
  }

  /** Waits no longer for those that still run. Their items are given up, though they may yet be delivered. */
  abandon(reason: unknown): void {
    for (const { lease } of this.#running) lease.drop("aborted", reason);
    this.#running.clear();
  }

  get #oldest(): RunningSend<T> | undefined {
    for (const send of this.#running) return send;
    return undefined;
  }

  #succeed(send: RunningSend<T>): void {
    if (!this.#running.delete(send)) return;
    this.lastFailure = undefined;
    send.lease.ack();
    this.#onSettled();
  }

  #fail(send: RunningSend<T>, error: unknown): void {
    if (!this.#running.delete(send)) return;
    this.failures += 1;
    this.lastFailure = { cause: error };
    const { lease } = send;
    const { batch } = lease;
    const { onError } = this.#options;
    if (onError === undefined && batch.synthetic) this.#heartbeatWarning.hear(error);
    const decision = callHook(onError, { batch, error, attempt: batch.attempt });
    if (this.#calledOff !== undefined) lease.drop("aborted", error);
    else endFailed(lease, error, verdictOf(decision));
    this.#onSettled();
  }
}

function endFailed<T>(lease: Lease<T>, error: unknown, verdict: Verdict): void {
  if (verdict === "drop") {
    lease.drop("rejected", error);
    return;
  }
  try {
    lease.nack(performance.now(), error, verdict.delayMs);
  } catch (mistake) {
    // A retry policy that throws or answers nonsense must not keep the batch for ever.
    reportError(mistake);
    lease.drop("rejected", error);
  }
}
