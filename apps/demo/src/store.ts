import type { EventRow } from "./events.ts";

/** The table the events go into: what the gateway needs of a database, and no more. */
export interface Store {
  /** For people: which database this is. */
  readonly name: string;
  /** How many statements can run at once. */
  readonly parallelism: number;
  /**
   * Stores all rows or none, in one statement that may be repeated: a row whose id is in the table is passed over.
   * Resolves with the number of rows that were new. Once `signal` aborts, the statement's end is unknown.
   */
  insert(rows: readonly EventRow[], options?: { readonly signal?: AbortSignal }): Promise<number>;
  /** For reports. Numbers come back as numbers if the query casts them to float8 or int. */
  query(sql: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** Which table, and whether it is emptied first. */
export interface TableChoice {
  readonly table: string;
  /** Drop what an earlier run left in the table. */
  readonly fresh: boolean;
}
