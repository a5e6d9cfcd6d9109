import { Alarm } from "@disp/alarm";
import { Deque } from "@disp/sync-queue";
import type { CallableWorker, OnDone, OnFail } from "../callable-worker.ts";
import { CallNotBegunError } from "./call-not-begun-error.ts";
import type { Failure, FromThread, Success } from "./messages.ts";
import { unpackFailure } from "./packed-failure.ts";
import { crashOf, type Death, type Thread, type ThreadListener } from "./thread.ts";
import { numberAfter, type TurnstileOwner } from "./turnstile.ts";

/** A call that is not answered yet. */
class PendingCall {
  /** Its number once it was posted. */
  number = 0;
  /** Why it can never be posted. It keeps its place, for answers come in order. */
  failure: { readonly error: unknown } | undefined = undefined;
  readonly task: number;
  readonly args: readonly unknown[];
  readonly transfer: readonly unknown[];
  readonly onDone: OnDone;
  readonly onFail: OnFail;

  constructor(task: number, args: readonly unknown[], transfer: readonly unknown[], onDone: OnDone, onFail: OnFail) {
    this.task = task;
    this.args = args;
    this.transfer = transfer;
    this.onDone = onDone;
    this.onFail = onFail;
  }
}

/** How a {@link ThreadWorker} treats its calls. */
export interface CallRules {
  readonly lookahead: number;
  readonly graceMs: number;
}

/**
 * A thread that does tasks by name. `WorkerPool.call` uses it; it is made by the factory of {@link threadWorkers}.
 *
 * **Ordering**:
 * It does one call at a time, in the order in which they came.
 *
 * **Cancellation**:
 * `abort` asks the call that it is at to stop. If that has not settled `graceMs` later, the thread is terminated and the
 * call fails with a {@link WorkerCrashedError}.
 *
 * **Closing**:
 * While it has no call, it does not keep the process alive.
 *
 * @typeParam Tasks - The functions that the thread has defined.
 */
export class ThreadWorker<Tasks> implements CallableWorker<Tasks> {
  /** Never set; it carries the type. */
  declare readonly tasks?: Tasks;
  /** How many calls it may be handed ahead of time, beyond the one that it is at. */
  readonly lookahead: number;
  readonly #graceMs: number;
  readonly #thread: Thread;
  readonly #turnstile: TurnstileOwner;
  readonly #indexes: ReadonlyMap<string, number>;
  /** What is not answered, in order: first what was posted, then what was not. */
  readonly #calls = new Deque<PendingCall>();
  #unposted: PendingCall[] = [];
  #lastPosted = 0;
  #willFlush = false;
  /** The call that was asked to stop. The alarm belongs to it, and to no other. */
  #stopping: PendingCall | undefined;
  readonly #grace = new Alarm(() => this.#giveLastTurn());
  #death: Death | undefined;
  #isEnding = false;

  /** @internal */
  constructor(thread: Thread, turnstile: TurnstileOwner, names: readonly string[], rules: CallRules) {
    this.lookahead = rules.lookahead;
    this.#graceMs = rules.graceMs;
    this.#thread = thread;
    this.#turnstile = turnstile;
    this.#indexes = new Map(names.map((name, index) => [name, index]));
    const listener: ThreadListener = {
      hear: (message) => this.#hear(message),
      hearUnreadable: (error) => this.#hearUnreadable(error),
      hearDeath: (death) => this.#hearDeath(death),
    };
    thread.listener = listener;
    thread.hold(false);
  }

  /** Whether it lives and nobody has ended it. */
  get isUsable(): boolean {
    return this.#death === undefined && !this.#isEnding;
  }

  /**
   * Does one task. Arguments are copied when they are posted, which is at the end of the current run of microtasks at the
   * latest while the thread has little to do.
   *
   * @param name - The name of the task.
   * @param args - Its arguments.
   * @param transfer - What of the arguments is moved there, not copied.
   * @param onDone - Called when it has succeeded, unless it was taken back.
   * @param onFail - Called when it has failed, unless it was taken back; never within this call.
   */
  call(name: string, args: readonly unknown[], transfer: readonly unknown[], onDone: OnDone, onFail: OnFail): void {
    const task = this.#indexes.get(name);
    const call = new PendingCall(task ?? 0, args, transfer, onDone, onFail);
    if (task === undefined) call.failure = { error: this.#unknown(name) };
    this.#calls.pushBack(call);
    if (this.#calls.size === 1) this.#thread.hold(true);
    if (this.#calls.size === 1 && this.isUsable && task !== undefined) this.#postOne(call);
    else this.#unposted.push(call);
    if (this.#unposted.length > 0 || call.failure !== undefined) this.#flushSoon();
  }

  /**
   * Asks the call that it is at to stop, and terminates the thread if that does not happen within `graceMs`.
   *
   * @param reason - What the reason of its signal is made of: its name and its message.
   */
  abort(reason: unknown): void {
    const call = this.#calls.peekFront();
    if (call === undefined || call === this.#stopping || !this.isUsable) return;
    this.#flush();
    // It was answered by that: it could not be posted at all.
    if (call.number === 0) return;
    this.#stopping = call;
    this.#thread.post({ call: call.number, ...describe(reason) });
    // The note is there before the thread can see that it is asked.
    this.#turnstile.askToStop(call.number);
    const now = performance.now();
    this.#grace.set(now + this.#graceMs, now);
  }

  /**
   * Takes back the calls that it has not begun; they are never begun and not answered.
   *
   * @returns How many they are: the last so many.
   */
  takeBack(): number {
    const before = this.#calls.size;
    if (before === 0) return 0;
    this.#turnstile.close(this.#lastPosted);
    this.#unposted = [];
    for (let call = this.#calls.peekBack(); call !== undefined; call = this.#calls.peekBack()) {
      if (call.number !== 0 && this.#turnstile.hasBegun(call.number)) break;
      this.#calls.popBack();
      if (call === this.#stopping) this.#forgetStop();
    }
    if (this.#calls.size === 0) this.#thread.hold(false);
    return before - this.#calls.size;
  }

  /**
   * Ends the thread, wherever it is. The call that it is at fails with a {@link WorkerCrashedError}.
   *
   * @returns Resolves once the thread is gone, or after 5 s at the latest; never rejects.
   */
  destroy(): Promise<void> {
    return this.#end("was destroyed", undefined);
  }

  #postOne(call: PendingCall): void {
    const number = numberAfter(this.#lastPosted);
    try {
      this.#thread.post([number, call.task, call.args], call.transfer.length === 0 ? undefined : call.transfer);
      this.#lastPosted = number;
      call.number = number;
    } catch (error) {
      call.failure = { error };
    }
  }

  #flushSoon(): void {
    if (this.#willFlush) return;
    this.#willFlush = true;
    queueMicrotask(this.#flush);
  }

  readonly #flush = (): void => {
    this.#willFlush = false;
    const calls = this.#unposted;
    if (calls.length > 0) {
      this.#unposted = [];
      if (this.isUsable) this.#postAll(calls);
    }
    this.#settleFailed();
    if (this.#death !== undefined) this.#settleDead(this.#death);
  };

  #postAll(calls: readonly PendingCall[]): void {
    if (calls.some((call) => call.failure !== undefined) || !this.#postTogether(calls)) {
      for (const call of calls) if (call.failure === undefined) this.#postOne(call);
    }
  }

  /** False when one of them cannot be sent: then none was. */
  #postTogether(calls: readonly PendingCall[]): boolean {
    const batch: unknown[] = [numberAfter(this.#lastPosted)];
    let transfer: unknown[] | undefined;
    for (const call of calls) {
      batch.push(call.task, call.args);
      if (call.transfer.length > 0) (transfer ??= []).push(...call.transfer);
    }
    try {
      this.#thread.post(batch, transfer);
    } catch {
      return false;
    }
    for (const call of calls) this.#lastPosted = call.number = numberAfter(this.#lastPosted);
    return true;
  }

  #hear(message: FromThread): void {
    const answer = message as Success | Failure;
    if (this.#calls.peekFront()?.number !== answer[0]) return;
    const call = this.#leave();
    if (answer.length === 3) call?.onFail(unpackFailure(answer[1]));
    else call?.onDone(answer[1]);
    this.#settleFailed();
  }

  /** There is one answer in every message: it was that of the first call. */
  #hearUnreadable(error: Error): void {
    this.#leave()?.onFail(error);
    this.#settleFailed();
  }

  #leave(): PendingCall | undefined {
    const call = this.#calls.popFront();
    if (call === this.#stopping) this.#forgetStop();
    if (this.#calls.size === 0) this.#thread.hold(false);
    return call;
  }

  /** Those that were never posted fail when it is their turn. */
  #settleFailed(): void {
    for (let call = this.#calls.peekFront(); call?.failure !== undefined; call = this.#calls.peekFront()) {
      this.#leave();
      call.onFail(call.failure.error);
    }
  }

  #forgetStop(): void {
    this.#stopping = undefined;
    this.#grace.clear();
    this.#turnstile.askToStop(0);
  }

  /** Timers come before messages: an answer that is there already, since this thread was busy, must be heard first. */
  #giveLastTurn(): void {
    const call = this.#stopping;
    setImmediate(() => {
      if (call !== undefined && call === this.#stopping) this.#terminate(call);
    });
  }

  #terminate(call: PendingCall): void {
    // Closed first, so that no other call can begin and be hit. If one has, the answer to this one is on its way.
    if (!this.#turnstile.hasBegun(call.number)) this.#turnstile.close(this.#lastPosted);
    else if (!this.#turnstile.closeBehind(call.number, this.#lastPosted)) return;
    void this.#end(`was terminated, since its call did not stop within graceMs = ${this.#graceMs}`, undefined);
  }

  #end(story: string, cause: unknown): Promise<void> {
    this.#isEnding = true;
    return this.#thread.end(story, cause);
  }

  #hearDeath(death: Death): void {
    this.#death = death;
    this.#settleFailed();
    this.#settleDead(death);
  }

  /** What has begun has crashed. If nothing has, the first call is what tells the pool. */
  #settleDead(death: Death): void {
    let hasTold = false;
    for (let call = this.#calls.peekFront(); call !== undefined; call = this.#calls.peekFront()) {
      const hasBegun = call.number !== 0 && this.#turnstile.hasBegun(call.number);
      if (!hasBegun && hasTold) return;
      hasTold = true;
      this.#leave();
      // A thread that never did anything must not take calls in for ever.
      const isLost = hasBegun || !this.#turnstile.isUsed;
      call.onFail(
        isLost ? crashOf("do the call: its thread must live until it is done", death) : new CallNotBegunError(),
      );
    }
  }

  #unknown(name: string): TypeError {
    const names = [...this.#indexes.keys()].map((known) => `"${known}"`).join(", ");
    return new TypeError(`Cannot do the call: its name must be one of ${names}, got "${name}"`);
  }
}

function describe(reason: unknown): { name: string; message: string } {
  if (reason instanceof Error) return { name: reason.name, message: reason.message };
  return { name: "AbortError", message: String(reason) };
}
