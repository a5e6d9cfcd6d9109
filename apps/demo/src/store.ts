import type { AirportStore, CallOptions } from "./airport-store.ts";
import type { EventRow } from "./events.ts";

/** The table the events go into: what the gateway needs of a database, and no more. */
export interface Store {
  /** For people: which database this is. */
  readonly name: string;
  /** How many statements can run at once. */
  readonly parallelism: number;
  /**
   * Stores all rows or none, and what they add to their airports, in one statement that may be repeated: a row whose id is
   * in the table is passed over.
   * Resolves with what was new. Once `signal` aborts, the statement's end is unknown.
   */
  insert(rows: readonly EventRow[], options?: CallOptions): Promise<Inserted>;
  /** What is known of each airport, and its events. */
  readonly airports: AirportStore;
  /** How many events the table has. */
  countRows(): Promise<number>;
  /** For questions. Numbers come back as numbers if the query casts them to float8 or int. */
  query: Query;
  close(): Promise<void>;
}

export type Query = (
  sql: string,
  parameters?: readonly unknown[],
  options?: CallOptions,
) => Promise<Record<string, unknown>[]>;

/** The rows of an insert that were new. */
export interface Inserted {
  readonly count: number;
  /** The airports that they belong to. What they add to these waits in the outbox. */
  readonly airports: readonly string[];
}

/** Which table, and whether it is emptied first. */
export interface TableChoice {
  readonly table: string;
  /** Drop what an earlier run left in the table. */
  readonly fresh: boolean;
}
