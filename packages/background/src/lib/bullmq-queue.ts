import { RedisConnection } from "@disp/redis";
import { Queue } from "bullmq";
import { checkArg, refuseWithoutJson } from "./bullmq-arg.ts";
import type { BullMqData } from "./bullmq-attempt.ts";
import { withinBudget } from "./bullmq-call.ts";
import type { OpenClient } from "./bullmq-connection.ts";
import { deduplicationId, KeyBook } from "./bullmq-key-book.ts";
import { FREE, HELD, LIFE_MS, QUEUED, RUNNING } from "./bullmq-key-scripts.ts";
import { leftScript } from "./bullmq-left-script.ts";
import type { ResolvedBullMqOptions } from "./bullmq-options.ts";
import { REFUSED, type ScheduleResult, SCHEDULED } from "./schedule-result.ts";

/** How many jobs of a queue there are, in each state, on all instances. */
export interface BullMqCounts {
  /** Those that wait in line. */
  readonly waiting: number;
  /** Those that run, or ran where a crash was not noticed yet. */
  readonly running: number;
  /** Those that wait for their next attempt. */
  readonly delayed: number;
  /** Those that were given up and are kept for dashboards: at most `keepFailed`. */
  readonly failed: number;
}

/** Longer than jobs are tried: `retry` has the say. */
const ATTEMPTS = 2 ** 31 - 1;
/** What was asked and what is true may differ when others schedule the same at the same time; hardly so often. */
const MOST_TRIES = 5;
const REFUSAL = { [HELD]: REFUSED.held, [QUEUED]: REFUSED.queued, [RUNNING]: REFUSED.running };

/** The queue, as those see it who put something in. */
export class JobQueue<Arg> {
  readonly keys: KeyBook;
  readonly #queue: Queue<BullMqData<Arg>, void>;
  readonly #connection: RedisConnection;
  /** What the names of all keys of the queue begin with. */
  readonly #base: string;
  readonly #options: ResolvedBullMqOptions<Arg>;

  constructor(
    options: ResolvedBullMqOptions<Arg>,
    { client }: OpenClient,
    onConnectionError: (error: unknown) => void,
  ) {
    const { name, prefix, timeoutMs, leaseMs } = options;
    this.#options = options;
    this.#queue = new Queue(name, { connection: client, prefix });
    this.#queue.on("error", onConnectionError);
    this.#connection = new RedisConnection({ client, timeoutMs });
    this.#base = this.#queue.toKey("");
    this.keys = new KeyBook(this.#connection, this.#base, leaseMs);
  }

  /** Most calls are about keys that are taken: to ask first is cheaper for them, and many share one call. */
  async schedule(key: string, arg: Arg, holdMs: number): Promise<ScheduleResult> {
    checkArg(key, arg);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const { state, generation } = await this.keys.ask(key);
      if (state !== FREE) return REFUSAL[state];
      if (await this.#add(key, arg, holdMs, generation)) return SCHEDULED;
    }
    return REFUSED.held;
  }

  async counts(): Promise<BullMqCounts> {
    const states = this.#queue.getJobCounts("waiting", "prioritized", "active", "delayed", "failed");
    const counts = await withinBudget("getJobCounts", this.#options.timeoutMs, states);
    // BullMQ 5 keeps those of a queue that was paused apart.
    const { waiting = 0, paused = 0, prioritized = 0, active = 0, delayed = 0, failed = 0 } = counts;
    return { waiting: waiting + paused + prioritized, running: active, delayed, failed };
  }

  /** How many jobs are left to a worker: those that nobody runs, and its own until BullMQ has ended or moved them. */
  countLeftTo(workerId: string): Promise<number> {
    return leftScript.run(this.#connection, [this.#base], [workerId]);
  }

  /** Leaves the client open. */
  close(): Promise<void> {
    return this.#queue.close();
  }

  /** @returns false when somebody was faster. */
  async #add(key: string, arg: Arg, holdMs: number, generation: string): Promise<boolean> {
    const { keepFailed, timeoutMs } = this.#options;
    // Sent twice by the client, it adds one job: BullMQ knows the id.
    const jobId = `${generation}-${crypto.randomUUID()}`;
    const settings = {
      jobId,
      deduplication: { id: deduplicationId(key), ttl: LIFE_MS + Math.ceil(holdMs) },
      attempts: ATTEMPTS,
      // Decided by the crew.
      backoff: { type: "disp" },
      removeOnComplete: true,
      removeOnFail: keepFailed === 0 ? true : { count: keepFailed },
    };
    try {
      const { id } = await withinBudget("add", timeoutMs, this.#queue.add("job", { key, arg }, settings));
      return id === jobId;
    } catch (error) {
      if (error instanceof TypeError) refuseWithoutJson(key, arg);
      throw error;
    }
  }
}
