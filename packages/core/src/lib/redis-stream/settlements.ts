import { show } from "@disp/options";
import { exponentialBackoff, type RetryPolicy } from "@disp/retry";
import { afterThisTurn } from "@disp/turn";
import { buryScript } from "./bury-script.ts";
import { Pause } from "./pause.ts";
import { releaseScript } from "./release-script.ts";
import type { RawEntry } from "./stream-entry.ts";
import { isAway, type StreamErrors } from "./stream-errors.ts";
import type { ResolvedStreamOptions } from "./stream-options.ts";

/** The most ids in one command: a server does nothing else meanwhile. */
const IDS_PER_ACK = 1_000;
const ENTRIES_PER_SCRIPT = 250;
const LONGEST_MESSAGE = 1_000;

/** How long to wait between calls while Redis is away. */
export const REDIS_BACKOFF: RetryPolicy = exponentialBackoff({
  initialMs: 50,
  multiplier: 2,
  maxMs: 5_000,
  jitter: "equal",
});

/** What Redis is to be told in one go, and whoever wants to know when it was. */
class Load {
  readonly ids: string[] = [];
  readonly acks: string[] = [];
  readonly releases: string[] = [];
  readonly burials: string[] = [];
  readonly answer: Promise<boolean>;
  settle!: (isDone: boolean) => void;

  constructor() {
    this.answer = new Promise((resolve) => {
      this.settle = resolve;
    });
  }
}

/**
 * Tells Redis how entries ended. Those of one turn of the event loop travel together, and while they do, or while Redis is
 * away, the next ones gather. Each of the commands may be carried out twice.
 */
export class Settlements {
  readonly #options: ResolvedStreamOptions;
  readonly #errors: StreamErrors;
  readonly #onSettled: (ids: readonly string[]) => void;
  readonly #pause = new Pause();
  #load: Load | undefined;
  #sending: Load | undefined;
  #isClosed = false;
  /** When to stop trying. */
  #giveUpAt = Infinity;

  /** @param onSettled - Told of entries of which Redis was told, or never will be. */
  constructor(options: ResolvedStreamOptions, errors: StreamErrors, onSettled: (ids: readonly string[]) => void) {
    this.#options = options;
    this.#errors = errors;
    this.#onSettled = onSettled;
  }

  /** Resolves when Redis was told of everything, or when that was given up. */
  get settled(): Promise<unknown> {
    return (this.#load ?? this.#sending)?.answer ?? Promise.resolve();
  }

  /** The group may forget it. */
  acknowledge(id: string): Promise<boolean> {
    const load = this.#add(id);
    load.acks.push(id);
    return load.answer;
  }

  /** Others may have it at once. `deliveries`: how often it counts as delivered. */
  release(id: string, deliveries: number): Promise<boolean> {
    const load = this.#add(id);
    load.releases.push(id, String(deliveries));
    return load.answer;
  }

  /** It goes to the dead letters. */
  bury({ id }: RawEntry, reason: string, error: unknown): Promise<boolean> {
    const load = this.#add(id);
    load.burials.push(id, reason, messageOf(error).slice(0, LONGEST_MESSAGE));
    return load.answer;
  }

  /** Keeps trying from now on. */
  open(): void {
    this.#isClosed = false;
    this.#giveUpAt = Infinity;
  }

  /** Tries for the time of one call from now on, and so for whatever comes later. */
  close(): void {
    this.#isClosed = true;
    this.#limit();
    this.#pause.end();
  }

  #limit(): void {
    if (this.#isClosed) this.#giveUpAt = performance.now() + this.#options.connection.timeoutMs;
  }

  #add(id: string): Load {
    if (this.#load === undefined) {
      this.#load = new Load();
      this.#limit();
      if (this.#sending === undefined) afterThisTurn(() => void this.#sendAll());
    }
    this.#load.ids.push(id);
    return this.#load;
  }

  async #sendAll(): Promise<void> {
    for (let load = this.#load; load !== undefined && this.#sending === undefined; load = this.#load) {
      this.#load = undefined;
      this.#sending = load;
      const isDone = await this.#deliver(load);
      this.#sending = undefined;
      this.#onSettled(load.ids);
      load.settle(isDone);
    }
  }

  async #deliver(load: Load): Promise<boolean> {
    for (let failures = 1; ; failures += 1) {
      try {
        await this.#send(load);
        return true;
      } catch (error) {
        this.#errors.hear(error);
        // A refusal would be one the next time, too, and hold up all others: the entries come again in time.
        if (!isAway(error)) return false;
      }
      const delayMs = REDIS_BACKOFF.nextDelayMs(failures) ?? 0;
      if (performance.now() + delayMs >= this.#giveUpAt) return false;
      await this.#pause.wait(delayMs);
    }
  }

  async #send({ acks, releases, burials }: Load): Promise<void> {
    const { connection, stream, group, consumer, stalledAfterMs, deadLetter } = this.#options;
    for (const some of chunks(acks, IDS_PER_ACK)) {
      await connection.send(["XACK", stream, group, ...some], { key: stream });
    }
    for (const some of chunks(releases, 2 * ENTRIES_PER_SCRIPT)) {
      await releaseScript.run(connection, [stream], [group, consumer, stalledAfterMs, ...some]);
    }
    for (const some of chunks(burials, 3 * ENTRIES_PER_SCRIPT)) {
      await buryScript.run(connection, [stream, deadLetter ?? stream], [group, consumer, ...some]);
    }
  }
}

export function chunks(all: readonly string[], size: number): string[][] {
  const count = Math.ceil(all.length / size);
  return Array.from({ length: count }, (_, index) => all.slice(index * size, (index + 1) * size));
}

function messageOf(error: unknown): string {
  if (error === undefined || typeof error === "string") return error ?? "";
  return error instanceof Error ? `${error.name}: ${error.message}` : show(error);
}
