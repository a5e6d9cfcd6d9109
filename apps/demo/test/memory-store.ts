import type { EventRow } from "../src/events.ts";
import type { Inserted, Store } from "../src/store.ts";
import { MemoryAirports } from "./memory-airports.ts";

/** A table in a map that keeps what a Store promises, and can be held up, broken and spoiled. */
export class MemoryStore implements Store {
  readonly name = "memory";
  readonly parallelism: number;
  readonly rows = new Map<string, EventRow>();
  readonly airports = new MemoryAirports(this.rows);
  /** The sizes of all statements that were begun. */
  readonly statements: number[] = [];
  /** Runs ahead of each statement: waits, or throws in its place. */
  before: (rows: readonly EventRow[]) => void | Promise<void> = () => undefined;
  /** Runs behind the commit: what it throws is an answer that got lost. */
  after: (rows: readonly EventRow[]) => void | Promise<void> = () => undefined;

  constructor(parallelism = 2) {
    this.parallelism = parallelism;
  }

  async insert(rows: readonly EventRow[]): Promise<Inserted> {
    this.statements.push(rows.length);
    await this.before(rows);
    const fresh = rows.filter((row) => !this.rows.has(row.id) && this.rows.set(row.id, row));
    const airports = this.airports.share(fresh);
    await this.after(rows);
    return { count: fresh.length, airports };
  }

  countRows(): Promise<number> {
    return Promise.resolve(this.rows.size);
  }

  readonly query = (): Promise<Record<string, unknown>[]> => Promise.resolve([]);

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** As the drivers throw it: an Error with the SQLSTATE as its code. */
export function databaseError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

/** For `before`: refuses each statement that holds a row like this. */
export function refusing(isBad: (row: EventRow) => boolean): (rows: readonly EventRow[]) => void {
  return (rows) => {
    if (rows.some(isBad)) throw databaseError("22P05", "unsupported Unicode escape sequence");
  };
}
