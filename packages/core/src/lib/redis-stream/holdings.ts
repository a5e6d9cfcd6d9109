import { Alarm } from "@disp/alarm";
import type { Rejection } from "../acknowledgeable.ts";
import { refreshScript } from "./refresh-script.ts";
import { chunks, Settlements } from "./settlements.ts";
import { type EntryKeeper, KeptEntry, type RawEntry } from "./stream-entry.ts";
import type { StreamErrors } from "./stream-errors.ts";
import type { ResolvedStreamOptions } from "./stream-options.ts";

const IDS_PER_SCRIPT = 250;
/** After a refresh that failed, the next one comes as soon as this. */
const HURRY_MS = 1_000;

/** The entries in the hands of this consumer: until Redis knows how they ended, nobody else takes them over. */
export class Holdings implements EntryKeeper {
  readonly settlements: Settlements;
  readonly #options: ResolvedStreamOptions;
  readonly #errors: StreamErrors;
  readonly #ids = new Set<string>();
  readonly #alarm = new Alarm(() => void this.#refresh());
  readonly #refreshMs: number;

  constructor(options: ResolvedStreamOptions, errors: StreamErrors) {
    this.#options = options;
    this.#errors = errors;
    this.#refreshMs = options.stalledAfterMs / 3;
    this.settlements = new Settlements(options, errors, (ids) => {
      for (const id of ids) this.#forget(id);
    });
  }

  has(id: string): boolean {
    return this.#ids.has(id);
  }

  keep(entry: RawEntry): KeptEntry {
    if (this.#ids.size === 0) this.#setAlarm(this.#refreshMs);
    this.#ids.add(entry.id);
    return new KeptEntry(entry, this);
  }

  acknowledge(id: string): Promise<boolean> {
    return this.settlements.acknowledge(id);
  }

  reject(entry: RawEntry, { reason, error, attempts }: Rejection): Promise<boolean> {
    const { deadLetter, maxDeliveries } = this.#options;
    // Its delivery was called off, which is not the entry's fault. One that was never tried does not count.
    if (reason === "aborted") {
      return this.settlements.release(entry.id, attempts === 0 ? entry.deliveries - 1 : entry.deliveries);
    }
    if (deadLetter !== undefined && entry.deliveries >= maxDeliveries) {
      return this.settlements.bury(entry, reason, error);
    }
    this.#forget(entry.id);
    return Promise.resolve(true);
  }

  #forget(id: string): void {
    this.#ids.delete(id);
    if (this.#ids.size === 0) this.#alarm.clear();
  }

  async #refresh(): Promise<void> {
    const { connection, stream, group, consumer } = this.#options;
    let nextMs = this.#refreshMs;
    try {
      for (const ids of chunks([...this.#ids], IDS_PER_SCRIPT)) {
        await refreshScript.run(connection, [stream], [group, consumer, ...ids]);
      }
    } catch (error) {
      this.#errors.hear(error);
      nextMs = Math.min(nextMs, HURRY_MS);
    }
    if (this.#ids.size > 0) this.#setAlarm(nextMs);
  }

  /** It alone keeps no process alive: with everybody gone, others had better take over. */
  #setAlarm(ms: number): void {
    const now = performance.now();
    this.#alarm.set(now + ms, now, { keepAlive: false });
  }
}
