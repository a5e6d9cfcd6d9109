import type { OnDone, OnFail } from "../callable-worker.ts";
import type { ToThread } from "./messages.ts";
import { numberAfter } from "./turnstile.ts";

/** A call that is not answered yet. */
export class PendingCall {
  /** Its number once it was posted. */
  number = 0;
  /** Why it can never be posted. It keeps its place, for answers come in order. */
  failure: { readonly error: unknown } | undefined = undefined;
  readonly task: number;
  /** What was moved cannot be sent again: such a call is posted when nothing is before it, and nothing is posted behind it. */
  readonly movesArgs: boolean;
  readonly args: readonly unknown[];
  readonly transfer: readonly unknown[];
  readonly onDone: OnDone;
  readonly onFail: OnFail;

  constructor(task: number, args: readonly unknown[], transfer: readonly unknown[], onDone: OnDone, onFail: OnFail) {
    this.task = task;
    this.args = args;
    this.transfer = transfer;
    this.movesArgs = transfer.length > 0;
    this.onDone = onDone;
    this.onFail = onFail;
  }
}

/** What calls are posted to. It throws when something in them cannot be sent; then nothing was. */
export interface Mailbox {
  post(message: ToThread, transfer?: readonly unknown[]): void;
}

/**
 * Calls that a thread has not got yet. They wait until it has little left to do, and then go in one message: a message
 * costs more than a short call.
 */
export class Outbox {
  readonly #mailbox: Mailbox;
  #calls: PendingCall[] = [];
  #lastNumber = 0;

  constructor(mailbox: Mailbox) {
    this.#mailbox = mailbox;
  }

  get size(): number {
    return this.#calls.length;
  }

  /** The number of the call that was posted last. */
  get lastNumber(): number {
    return this.#lastNumber;
  }

  add(call: PendingCall): void {
    this.#calls.push(call);
  }

  clear(): void {
    this.#calls = [];
  }

  /**
   * Posts what may be posted. Calls that cannot be sent get their failure instead.
   *
   * @param front - The first call that is not answered, posted or not.
   */
  post(front: PendingCall): void {
    const calls = this.#calls;
    if (front.movesArgs && front !== calls[0]) return;
    const alone = calls.findIndex((call) => call.movesArgs);
    this.#calls = alone < 0 ? [] : calls.splice(alone);
    if (calls.length > 0) this.#postTogether(calls);
    else if (front.movesArgs) this.postOne(this.#calls.shift() ?? front);
  }

  /** Posts one call that is not in here. */
  postOne(call: PendingCall): void {
    if (call.failure !== undefined) return;
    const number = numberAfter(this.#lastNumber);
    try {
      this.#mailbox.post([number, call.task, call.args], call.movesArgs ? call.transfer : undefined);
    } catch (error) {
      call.failure = { error };
      return;
    }
    this.#lastNumber = call.number = number;
  }

  #postTogether(calls: readonly PendingCall[]): void {
    const batch: unknown[] = [numberAfter(this.#lastNumber)];
    for (const call of calls) if (call.failure === undefined) batch.push(call.task, call.args);
    if (batch.length === 1) return;
    try {
      this.#mailbox.post(batch);
    } catch {
      // One by one shows which of them it is.
      for (const call of calls) this.postOne(call);
      return;
    }
    for (const call of calls) {
      if (call.failure === undefined) this.#lastNumber = call.number = numberAfter(this.#lastNumber);
    }
  }
}
