import { MessageChannel } from "node:worker_threads";
import { type PoolStats, WorkerPool } from "@disp/core";
import { type ThreadWorker, threadWorkers } from "@disp/core/threads";
import type { AirportStore } from "./airport-store.ts";
import type { tasks } from "./archive.worker.ts";
import { PageSender } from "./pages.ts";
import type { Archive } from "./report-files.ts";

type ArchiveTasks = typeof tasks;

export interface ArchiverOptions {
  readonly threads: number;
  /** The file that a thread starts with. */
  readonly file?: URL;
}

/** A thread that takes longer is taken for hung, and is ended. */
const LONGEST_MS = 300_000;
const IDLE_MS = 30_000;
const THREAD_MB = 128;

/** Threads that compress and add up what this one reads from the database: page by page, nothing is copied on the way. */
export class Archiver {
  readonly threads: number;
  readonly #airports: AirportStore;
  readonly #pool: WorkerPool<ThreadWorker<ArchiveTasks>>;

  constructor(airports: AirportStore, { threads, file }: ArchiverOptions) {
    this.threads = threads;
    this.#airports = airports;
    this.#pool = new WorkerPool({
      maxWorkers: threads,
      taskTimeoutMs: LONGEST_MS,
      scaleDownAfterMs: IDLE_MS,
      worker: threadWorkers<ArchiveTasks>(file ?? new URL("./archive-thread.mjs", import.meta.url), {
        name: "archive",
        maxOldGenerationMb: THREAD_MB,
        // Not those of the process: the file registers tsx by itself, and under a test runner they would be others.
        execArgv: ["--conditions=@disp/source"],
      }),
      onError: ({ kind, error }) => console.error(`A thread could not be ${kind}d:`, error),
    });
    this.#pool.run();
  }

  /** Writes all events of an airport into a file. */
  async write(airport: string, file: string, signal: AbortSignal): Promise<Archive> {
    const { port1, port2 } = new MessageChannel();
    const pages = new PageSender(port1, this.#pagesOf(airport, signal));
    try {
      return await this.#pool.call("archive", [{ file, pages: port2 }], { transfer: [port2], signal });
    } catch (error) {
      throw pages.failure === undefined ? error : pages.failure.error;
    } finally {
      pages.close();
    }
  }

  /** Ends all threads; those that do not stop are terminated. */
  async quit({ timeoutMs }: { readonly timeoutMs: number }): Promise<void> {
    await this.#pool.quit({ timeoutMs });
  }

  stats(): PoolStats {
    return this.#pool.stats();
  }

  async *#pagesOf(airport: string, signal: AbortSignal): AsyncGenerator<Uint8Array<ArrayBuffer>> {
    const encoder = new TextEncoder();
    let afterId = "";
    for (;;) {
      const page = await this.#airports.eventsOf(airport, afterId, { signal });
      if (page === undefined) return;
      afterId = page.lastId;
      yield encoder.encode(page.text);
      if (page.isLast) return;
    }
  }
}
