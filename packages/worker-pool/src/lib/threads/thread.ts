import { type Transferable, Worker, type WorkerOptions } from "node:worker_threads";
import { Alarm } from "@disp/alarm";
import type { FromThread, ToThread } from "./messages.ts";
import { show } from "@disp/options";
import { checkTransfer } from "./transfer-list.ts";
import { WorkerCrashedError } from "./worker-crashed-error.ts";

/** How long an ended thread may take to be gone. Some runtimes never tell. */
const LONGEST_END_MS = 5_000;

/** Who hears of what happens to a thread. */
export interface ThreadListener {
  hear(message: FromThread): void;
  /** A message has come that cannot be read. */
  hearUnreadable(error: Error): void;
  /** Called once. No message comes afterwards. */
  hearDeath(death: Death): void;
}

/** Why a thread is gone. */
export interface Death {
  readonly exitCode: number | undefined;
  /** As it reads after "got a thread that". */
  readonly story: string;
  /** What it died of. */
  readonly cause: unknown;
}

/** How a death reads to the one whose call was lost by it. */
export function crashOf(action: string, death: Death): WorkerCrashedError {
  return new WorkerCrashedError(action, `a thread that ${death.story}`, death.exitCode, death.cause);
}

/** A thread from its start to its end, which is told exactly once and never later than it takes to end it. */
export class Thread {
  listener: ThreadListener | undefined;
  readonly #worker: Worker;
  readonly #maxMb: number | undefined;
  readonly #deadline = new Alarm(() => this.#die(undefined));
  #error: { readonly error: unknown } | undefined;
  #endedBecause: { readonly story: string; readonly cause: unknown } | undefined;
  #isGone = false;
  readonly #gone: Promise<void>;
  #tellGone: () => void = () => undefined;

  constructor(url: URL, options: WorkerOptions) {
    this.#gone = new Promise((resolve) => (this.#tellGone = resolve));
    this.#maxMb = options.resourceLimits?.maxOldGenerationSizeMb;
    this.#worker = new Worker(url, options);
    this.#worker.on("message", (message: FromThread) => {
      if (!this.#isGone) this.listener?.hear(message);
    });
    this.#worker.on("messageerror", (error: Error) => this.listener?.hearUnreadable(error));
    this.#worker.on("error", (error: unknown) => (this.#error ??= { error }));
    this.#worker.on("exit", (exitCode: number) => this.#die(exitCode));
  }

  /** @throws DataCloneError when something in it cannot be sent; then nothing was. */
  post(message: ToThread, transfer?: readonly unknown[]): void {
    if (transfer === undefined) {
      this.#worker.postMessage(message);
      return;
    }
    checkTransfer("do the call", transfer);
    this.#worker.postMessage(message, transfer as Transferable[]);
  }

  /** Whether the process lives for this thread. */
  hold(isBusy: boolean): void {
    if (isBusy) this.#worker.ref();
    else this.#worker.unref();
  }

  /** Ends it, wherever it is. Resolves once it is gone, or given up; never rejects. */
  end(story: string, cause?: unknown): Promise<void> {
    if (this.#isGone || this.#endedBecause !== undefined) return this.#gone;
    this.#endedBecause = { story, cause };
    // Whoever awaits this must live to see it.
    this.#worker.ref();
    const now = performance.now();
    this.#deadline.set(now + LONGEST_END_MS, now);
    this.#worker.terminate().catch(() => undefined);
    return this.#gone;
  }

  #die(exitCode: number | undefined): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#deadline.clear();
    this.#worker.unref();
    this.listener?.hearDeath(this.#deathBy(exitCode));
    this.#tellGone();
  }

  #deathBy(exitCode: number | undefined): Death {
    if (this.#endedBecause !== undefined) return { exitCode, ...this.#endedBecause };
    if (this.#error === undefined) return { exitCode, story: `exited with code ${String(exitCode)}`, cause: undefined };
    const { error } = this.#error;
    if (codeOf(error) !== "ERR_WORKER_OUT_OF_MEMORY") {
      return { exitCode, story: `died of an error that nothing caught: ${show(error)}`, cause: error };
    }
    const limit = this.#maxMb === undefined ? "" : `: it needed more than maxOldGenerationMb = ${this.#maxMb}`;
    return { exitCode, story: `ran out of memory${limit}`, cause: error };
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === "object" && error !== null ? Reflect.get(error, "code") : undefined;
}
