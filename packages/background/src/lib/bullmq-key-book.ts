import { CoalescedScript, type RedisConnection, type RunGroup } from "@disp/redis";
import { askScript, endScript, type KeyAnswer, type KeyState, LIFE_MS, MARK_FIELD } from "./bullmq-key-scripts.ts";

/** What became of a job, if that is certain. */
export type Verdict = { readonly kind: "done" } | { readonly kind: "failed"; readonly message: string };

/** A job, as whoever runs it knows it. */
export interface OwnedJob {
  readonly key: string;
  /** How BullMQ knows it. */
  readonly id: string;
  /** Shows BullMQ whose it is. */
  readonly token: string;
  /** How often it was brought back after a crash. */
  readonly stalls: number;
}

/** The keys of one queue: who has taken them, and how they end. */
export class KeyBook {
  readonly #connection: RedisConnection;
  readonly #generation: string;
  /** What the names of all records of jobs begin with. */
  readonly #base: string;
  readonly #ask: CoalescedScript;
  readonly #end: CoalescedScript;
  readonly #askGroup: RunGroup;
  readonly #endGroup: RunGroup;

  /**
   * @param base - What the names of all keys of the queue begin with, a colon at the end.
   * @param leaseMs - How long a lock lasts.
   */
  constructor(connection: RedisConnection, base: string, leaseMs: number) {
    this.#connection = connection;
    this.#base = base;
    this.#generation = `${base}disp-generation`;
    this.#ask = new CoalescedScript({ connection, script: askScript });
    this.#end = new CoalescedScript({ connection, script: endScript });
    this.#askGroup = { sharedKeys: [this.#generation, base], sharedArgs: [LIFE_MS] };
    this.#endGroup = { sharedKeys: [base], sharedArgs: [LIFE_MS, leaseMs] };
  }

  /** Whether a key is taken. */
  async ask(key: string): Promise<KeyAnswer> {
    const answer = await this.#ask.run(this.#askGroup, this.#keyOf(key), []);
    const [state, generation] = answer as [KeyState, string];
    return { state, generation };
  }

  /**
   * Ends the life of a job, whose key then stays taken for what remains of its hold.
   *
   * @returns false when the job is somebody else's by now.
   */
  async end(job: OwnedJob, verdict: Verdict): Promise<boolean> {
    const mark = JSON.stringify([job.stalls, verdict]);
    return (await this.#end.run(this.#endGroup, this.#keyOf(job.key), [job.id, job.token, mark])) === 1;
  }

  /** What became of a job before its instance crashed. Undefined: it has to be run again. */
  async verdictOn({ id, stalls }: Pick<OwnedJob, "id" | "stalls">): Promise<Verdict | undefined> {
    const record = this.#base + id;
    const mark = await this.#connection.send(["HGET", record, MARK_FIELD], { key: record });
    if (typeof mark !== "string") return undefined;
    const [stallsThen, verdict] = JSON.parse(mark) as [number, Verdict];
    // It came to its end in between, and somebody has put it back in line by hand.
    if (stallsThen === stalls) return undefined;
    return verdict;
  }

  /** @returns The number of the new generation. */
  async bumpGeneration(): Promise<number> {
    return Number(await this.#connection.send(["INCR", this.#generation], { key: this.#generation }));
  }

  #keyOf(key: string): string {
    return `${this.#base}de:${deduplicationId(key)}`;
  }
}

/** BullMQ wants a name that is not empty, and Redis text that is well-formed; a key is any string. */
export function deduplicationId(key: string): string {
  return JSON.stringify(key);
}
