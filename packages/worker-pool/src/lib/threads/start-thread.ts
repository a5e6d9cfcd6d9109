import { fileURLToPath } from "node:url";
import type { WorkerOptions } from "node:worker_threads";
import { type AbortListener, addAbortListener, removeAbortListener } from "@disp/abort";
import { show } from "@disp/options";
import { AnswerReader } from "./answer-board.ts";
import { type FromThread, PROTOCOL, type Ready } from "./messages.ts";
import type { ResolvedThreadOptions } from "./options.ts";
import { crashOf, type Death, Thread, type ThreadListener } from "./thread.ts";
import { ThreadWorker } from "./thread-worker.ts";
import { TurnstileOwner } from "./turnstile.ts";
import type { WorkerCrashedError } from "./worker-crashed-error.ts";

/**
 * Starts a thread.
 *
 * @returns Resolves once its file was loaded and has defined its tasks.
 */
export function startThread<Tasks>(options: ResolvedThreadOptions, signal: AbortSignal): Promise<ThreadWorker<Tasks>> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    new Start<Tasks>(options, signal, resolve, reject).begin();
  });
}

class Start<Tasks> implements ThreadListener, AbortListener {
  readonly #options: ResolvedThreadOptions;
  readonly #thread: Thread;
  readonly #turnstile = new TurnstileOwner();
  readonly #board = new AnswerReader();
  readonly #signal: AbortSignal;
  readonly #resolve: (worker: ThreadWorker<Tasks>) => void;
  readonly #reject: (reason: unknown) => void;

  constructor(
    options: ResolvedThreadOptions,
    signal: AbortSignal,
    resolve: (worker: ThreadWorker<Tasks>) => void,
    reject: (reason: unknown) => void,
  ) {
    this.#options = options;
    this.#thread = new Thread(options.url, workerOptions(options));
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  begin(): void {
    this.#thread.listener = this;
    addAbortListener(this.#signal, this);
    const { memory: turnstile } = this.#turnstile;
    this.#thread.post({ protocol: PROTOCOL, turnstile, board: this.#board.memory });
  }

  hear(message: FromThread): void {
    // The file may send messages of its own while it is loaded, and be loaded after all when nobody waits any more.
    if (!isReady(message) || this.#signal.aborted) return;
    removeAbortListener(this.#signal, this);
    this.#resolve(new ThreadWorker<Tasks>(this.#thread, this.#turnstile, this.#board, message.names, this.#options));
  }

  hearUnreadable(): void {
    // Nothing that is waited for.
  }

  hearDeath(death: Death): void {
    removeAbortListener(this.#signal, this);
    if (this.#signal.aborted) return;
    this.#reject(startCrash(this.#options.url, death));
  }

  /** Called by the signal. */
  handleAbort(): void {
    this.#reject(this.#signal.reason);
    void this.#thread.end("was not wanted any more");
  }
}

/** What to tell of a thread that has died before its file was loaded. */
export function startCrash(url: URL, death: Death): WorkerCrashedError {
  const file = url.protocol === "file:" ? fileURLToPath(url) : show(url.href);
  return crashOf(`start a thread of ${file}: ${ruleOf(file, death.cause)}`, death);
}

function ruleOf(file: string, cause: unknown): string {
  if (cause === undefined) return "its file must load and call defineTasks";
  const isUnknown =
    typeof cause === "object" && cause !== null && Reflect.get(cause, "code") === "ERR_UNKNOWN_FILE_EXTENSION";
  const hint = isUnknown && /\.[cm]?ts$/.test(file) ? " (this runtime loads no .ts: take the compiled .js)" : "";
  return `its file must load${hint}`;
}

function workerOptions(options: ResolvedThreadOptions): WorkerOptions {
  const { maxOldGenerationMb, name, workerData, env, execArgv } = options;
  return {
    ...(maxOldGenerationMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: maxOldGenerationMb } }),
    ...(name !== undefined && { name }),
    ...(workerData !== undefined && { workerData }),
    ...(env !== undefined && { env }),
    ...(execArgv !== undefined && { execArgv: [...execArgv] }),
  };
}

function isReady(message: unknown): message is Ready {
  return typeof message === "object" && message !== null && Array.isArray(Reflect.get(message, "names"));
}
