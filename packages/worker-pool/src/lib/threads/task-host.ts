import { type MessagePort, receiveMessageOnPort, type Transferable } from "node:worker_threads";
import { Deque } from "@disp/sync-queue";
import { AnswerWriter } from "./answer-board.ts";
import { type AbortNote, type CallBatch, type FromThread, type Greeting, LOOK, PROTOCOL } from "./messages.ts";
import { packFailure } from "./packed-failure.ts";
import type { AnyTask, TaskTable } from "./task-table.ts";
import { checkTransfer } from "./transfer-list.ts";
import { transferOf } from "./transferred.ts";
import { numberAfter, TurnstileUser } from "./turnstile.ts";

/** After so many milliseconds of calls in a row, whatever else the thread has to do gets its turn. */
const LONGEST_TURN_MS = 5;

class Call {
  readonly number: number;
  readonly task: AnyTask | undefined;
  readonly args: readonly unknown[];

  constructor(number: number, task: AnyTask | undefined, args: readonly unknown[]) {
    this.number = number;
    this.task = task;
    this.args = args;
  }
}

/** Inside a thread: does the calls that come in, strictly one after another, and answers each before the next begins. */
export class TaskHost {
  readonly #table: TaskTable;
  readonly #names: readonly string[];
  readonly #tasks: readonly AnyTask[];
  readonly #port: MessagePort;
  readonly #calls = new Deque<Call>();
  #turnstile: TurnstileUser | undefined;
  #board: AnswerWriter | undefined;
  /** From the first call of a row to the end of its last. */
  #isWorking = false;
  /** The number of the call it is at, or 0. */
  #current = 0;
  /** Made when somebody asks for the signal of the current call. */
  #controller: AbortController | undefined;

  constructor(table: TaskTable, port: MessagePort) {
    this.#table = table;
    this.#names = Object.keys(table);
    this.#tasks = Object.values(table) as AnyTask[];
    this.#port = port;
    port.on("message", (message: unknown) => {
      this.#hear(message);
      if (!this.#isWorking) this.#work();
    });
    // Calls that cannot be read end the thread: then another one gets them, and the first of them alone.
    port.on("messageerror", (error: Error) => {
      throw error;
    });
  }

  /** The signal of the current call, or undefined between calls. */
  get signal(): AbortSignal | undefined {
    if (this.#current === 0) return undefined;
    this.#controller ??= new AbortController();
    if (this.#turnstile?.isAskedToStop(this.#current) === true) this.#hearNow(this.#controller);
    return this.#controller.signal;
  }

  /** In the middle of a task that does not return, the event loop delivers nothing: fetches the note that must be there. */
  #hearNow(controller: AbortController): void {
    try {
      while (!controller.signal.aborted) {
        const received = receiveMessageOnPort(this.#port);
        if (received === undefined) break;
        this.#hear(received.message);
      }
    } catch {
      // Not every runtime can do this. Then the reason of the abort stays unknown.
    }
    controller.abort();
  }

  #hear(message: unknown): void {
    if (this.#turnstile === undefined) this.#greet(message);
    else if (Array.isArray(message)) this.#receive(message);
    else this.#stop(message as AbortNote);
  }

  /** The thread's own messages may come from elsewhere as well: from a test runner that loads the file in its threads. */
  #greet(message: unknown): void {
    if (!isGreeting(message)) return;
    this.#turnstile = new TurnstileUser(message.turnstile);
    this.#board = new AnswerWriter(message.board);
    this.#post({ names: this.#names });
  }

  #receive(batch: CallBatch): void {
    let number = batch[0] as number;
    for (let index = 1; index < batch.length; index += 2) {
      this.#calls.pushBack(new Call(number, this.#tasks[batch[index] as number], batch[index + 1] as unknown[]));
      number = numberAfter(number);
    }
  }

  #stop(note: AbortNote): void {
    if (note.call !== this.#current) return;
    this.#controller ??= new AbortController();
    const reason = new Error(note.message);
    reason.name = note.name;
    this.#controller.abort(reason);
  }

  readonly #work = (): void => {
    const startedAt = performance.now();
    this.#isWorking = true;
    for (let call = this.#calls.popFront(); call !== undefined; call = this.#calls.popFront()) {
      if (this.#turnstile?.begin(call.number) !== true) continue;
      if (!this.#run(call)) return;
      if (performance.now() - startedAt < LONGEST_TURN_MS || this.#calls.size === 0) continue;
      setImmediate(this.#work);
      return;
    }
    this.#isWorking = false;
  };

  /** Whether the call is over; otherwise its promise goes on. */
  #run(call: Call): boolean {
    this.#current = call.number;
    let result: unknown;
    try {
      result = call.task?.apply(this.#table, call.args as unknown[]);
      if (isThenable(result)) {
        Promise.resolve(result).then(this.#onResolved, this.#onRejected);
        return false;
      }
    } catch (error) {
      this.#fail(error);
      return true;
    }
    this.#succeed(result);
    return true;
  }

  readonly #onResolved = (result: unknown): void => {
    this.#succeed(result);
    this.#work();
  };

  readonly #onRejected = (error: unknown): void => {
    this.#fail(error);
    this.#work();
  };

  #succeed(result: unknown): void {
    if (this.#board?.write(this.#current, result) === true) {
      if (this.#board.mustTell()) this.#post(LOOK);
      this.#leave();
    } else this.#send(result);
  }

  #send(result: unknown): void {
    try {
      this.#post([this.#current, result], transferOf(result));
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#leave();
  }

  #fail(error: unknown): void {
    this.#post([this.#current, packFailure(error), true]);
    this.#leave();
  }

  #leave(): void {
    this.#current = 0;
    this.#controller = undefined;
  }

  #post(message: FromThread, transfer?: readonly unknown[]): void {
    if (transfer === undefined) {
      this.#port.postMessage(message);
      return;
    }
    checkTransfer("transfer a result", transfer);
    this.#port.postMessage(message, transfer as Transferable[]);
  }
}

function isGreeting(message: unknown): message is Greeting {
  const protocol: unknown =
    typeof message === "object" && message !== null ? Reflect.get(message, "protocol") : undefined;
  if (typeof protocol !== "string" || !protocol.startsWith(PROTOCOL.slice(0, -1))) return false;
  if (protocol === PROTOCOL) return true;
  throw new Error(`Cannot start the thread: both sides must speak "${PROTOCOL}", got "${protocol}"`);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof Reflect.get(value, "then") === "function";
}
