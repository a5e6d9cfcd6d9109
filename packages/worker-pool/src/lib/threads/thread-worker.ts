import { Alarm } from "@disp/alarm";
import { show } from "@disp/options";
import { Deque } from "@disp/sync-queue";
import { QuietWarning } from "@disp/hooks";
import type { CallableWorker, OnDone, OnFail } from "../callable-worker.ts";
import type { AnswerReader } from "./answer-board.ts";
import { CallNotBegunError } from "../call-not-begun-error.ts";
import { type Failure, type FromThread, LOOK, type Success } from "./messages.ts";
import { Outbox, PendingCall } from "./outbox.ts";
import { unpackFailure } from "./packed-failure.ts";
import { crashOf, type Death, type Thread, type ThreadListener } from "./thread.ts";
import type { TurnstileOwner } from "./turnstile.ts";

/** A thread that has more calls than this has time until it needs others. */
const MOST_AHEAD = 16;

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
  readonly #board: AnswerReader;
  /** While the thread has more calls than this, others wait in the outbox. */
  readonly #enough: number;
  readonly #indexes: ReadonlyMap<string, number>;
  /** What is not answered, in order: first what was posted, then what was not. */
  readonly #calls = new Deque<PendingCall>();
  readonly #outbox: Outbox;
  #willFlush = false;
  /** The call that was asked to stop. The alarm belongs to it, and to no other. */
  #stopping: PendingCall | undefined;
  #stopReason = describe(undefined);
  readonly #grace = new Alarm(() => this.#giveLastTurn());
  #death: Death | undefined;
  /** Calls that were there when it died and are not answered. */
  #orphans = 0;
  #isEnding = false;

  /** @internal */
  constructor(
    thread: Thread,
    turnstile: TurnstileOwner,
    board: AnswerReader,
    names: readonly string[],
    rules: CallRules,
  ) {
    this.lookahead = rules.lookahead;
    this.#graceMs = rules.graceMs;
    this.#thread = thread;
    this.#outbox = new Outbox(thread);
    this.#turnstile = turnstile;
    this.#board = board;
    this.#enough = Math.min(Math.floor(rules.lookahead / 2), MOST_AHEAD);
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
    if (this.#calls.size === 1 && this.isUsable) this.#outbox.postOne(call);
    else this.#outbox.add(call);
    if (call.failure !== undefined || !this.#hasEnough()) this.#flushSoon();
  }

  /**
   * Asks the call that it is at to stop, and terminates the thread if that does not happen within `graceMs`.
   *
   * @param reason - What the reason of its signal is made of: its name and its message.
   */
  abort(reason: unknown): void {
    const call = this.#calls.peekFront();
    if (call === undefined || call === this.#stopping || !this.isUsable) return;
    if (call.number === 0) this.#flush();
    // It was answered by that: it could not be posted at all.
    if (call.number === 0) return;
    this.#stopping = call;
    this.#stopReason = describe(reason);
    this.#ask(call, this.#stopReason);
    const now = performance.now();
    this.#grace.set(now + this.#graceMs, now);
  }

  /**
   * Takes back the calls that it has not begun; they are never begun and not answered. One that was aborted stays, and is
   * answered.
   *
   * @returns How many they are: the last so many.
   */
  takeBack(): number {
    const orphans = this.#orphans;
    this.#orphans = 0;
    const before = this.#calls.size;
    if (before === 0) return orphans;
    if (this.#calls.peekFront()?.movesArgs !== true) this.#turnstile.close(this.#outbox.lastNumber);
    this.#outbox.clear();
    for (let call = this.#calls.peekBack(); call !== undefined; call = this.#calls.peekBack()) {
      if (this.#isBound(call) || this.#keepsStopping(call)) break;
      this.#calls.popBack();
    }
    if (this.#calls.size === 0) this.#thread.hold(false);
    return orphans + before - this.#calls.size;
  }

  /**
   * Ends the thread, wherever it is. The call that it is at fails with a {@link WorkerCrashedError}.
   *
   * @returns Resolves once the thread is gone, or after 5 s at the latest; never rejects.
   */
  destroy(): Promise<void> {
    return this.#end("was destroyed", undefined);
  }

  #ask(call: PendingCall, reason: { readonly name: string; readonly message: string }): void {
    this.#thread.post({ call: call.number, ...reason });
    // The note is there before the thread can see that it is asked.
    this.#turnstile.askToStop(call.number);
  }

  /** Whether it is the call that was asked to stop. The turnstile is closed for its number: it gets another one. */
  #keepsStopping(call: PendingCall): boolean {
    if (call !== this.#stopping) return false;
    this.#outbox.postOne(call);
    if (call.failure === undefined) this.#ask(call, this.#stopReason);
    else this.#flushSoon();
    return true;
  }

  #flushSoon(): void {
    if (this.#willFlush) return;
    this.#willFlush = true;
    queueMicrotask(this.#flush);
  }

  readonly #flush = (): void => {
    this.#willFlush = false;
    const front = this.#calls.peekFront();
    if (front === undefined) return;
    if (this.isUsable) this.#outbox.post(front);
    this.#settleFailed();
    if (this.#death !== undefined) this.#refuseAll();
    // What has failed just now may have been all that was on its way.
    else if (this.isUsable && this.#outbox.size > 0 && this.#outbox.size === this.#calls.size) this.#flushSoon();
  };

  #hear(message: FromThread): void {
    if (message !== LOOK) this.#hearAnswer(message as Success | Failure);
    this.#readBoard();
  }

  #hearAnswer(answer: Success | Failure): void {
    if (this.#calls.peekFront()?.number !== answer[0]) return;
    const call = this.#leave();
    if (answer.length === 3) call?.onFail(unpackFailure(answer[1]));
    else call?.onDone(answer[1]);
  }

  /** At most what was posted before: what is answered meanwhile is told again, and others get their turn. */
  #readBoard(): void {
    this.#board.expect();
    for (let left = this.#calls.size; left > 0; left--) {
      this.#settleFailed();
      const number = this.#calls.peekFront()?.number ?? 0;
      if (!this.#board.has(number)) break;
      const result = this.#board.take(number);
      this.#leave()?.onDone(result);
      if (!this.#hasEnough()) this.#flush();
    }
    this.#settleFailed();
    if (!this.#hasEnough()) this.#flush();
  }

  #hasEnough(): boolean {
    return this.#outbox.size === 0 || this.#calls.size - this.#outbox.size > this.#enough;
  }

  /** There is one answer in every message: it was that of the first call. */
  #hearUnreadable(error: Error): void {
    this.#leave()?.onFail(error);
    this.#readBoard();
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
      this.#readBoard();
      if (call !== undefined && call === this.#stopping) this.#terminate(call);
    });
  }

  #terminate(call: PendingCall): void {
    // Closed first, so that no other call can begin and be hit. If one has, the answer to this one is on its way.
    if (!this.#turnstile.hasBegun(call.number)) this.#turnstile.close(this.#outbox.lastNumber);
    else if (!this.#turnstile.closeBehind(call.number, this.#outbox.lastNumber)) return;
    void this.#end(`was terminated, since its call did not stop within graceMs = ${this.#graceMs}`, undefined);
  }

  #end(story: string, cause: unknown): Promise<void> {
    this.#isEnding = true;
    return this.#thread.end(story, cause);
  }

  #hearDeath(death: Death): void {
    // While it still counts as alive: what follows the last answer had begun, and is no one else's to do.
    this.#readBoard();
    this.#death = death;
    this.#outbox.clear();
    if (this.#calls.size === 0 && !this.#isEnding) warning.hear(crashOf("keep a thread: it must live", death));
    this.#settleDead(death);
    this.#orphans = this.#calls.clear().length;
  }

  /** What came after its death. */
  #refuseAll(): void {
    for (let call = this.#leave(); call !== undefined; call = this.#leave()) call.onFail(new CallNotBegunError());
  }

  /** What has begun has crashed. If nothing has, the first call is what tells the pool. */
  #settleDead(death: Death): void {
    // A thread that never did anything must not take calls in for ever.
    const isStillborn = !this.#turnstile.isUsed && !this.#isEnding;
    for (let call = this.#calls.peekFront(), told = 0; call !== undefined; call = this.#calls.peekFront(), told++) {
      const isLost = this.#isBound(call) || (isStillborn && told === 0);
      if (!isLost && told > 0) return;
      this.#leave();
      call.onFail(
        isLost ? crashOf("do the call: its thread must live until it is done", death) : new CallNotBegunError(),
      );
    }
  }

  /** Whether no other thread can do it any more. */
  #isBound(call: PendingCall): boolean {
    return call.number !== 0 && (call.movesArgs || this.#turnstile.hasBegun(call.number));
  }

  #unknown(name: string): TypeError {
    const names = [...this.#indexes.keys()].map((known) => `"${known}"`).join(", ");
    return new TypeError(`Cannot do the call: its name must be one of ${names}, got "${name}"`);
  }
}

function describe(reason: unknown): { name: string; message: string } {
  if (reason instanceof Error) return { name: reason.name, message: reason.message };
  return { name: "AbortError", message: typeof reason === "string" ? reason : show(reason) };
}

/** Nobody else would hear of a thread that dies while it has nothing to do. */
const warning = new QuietWarning<Error>((untold, last) => [`@disp/worker-pool: ${untold} idle thread(s) died:`, last]);
