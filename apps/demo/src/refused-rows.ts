import type { EventRow } from "./events.ts";

/** What the database said about a row. */
export interface Refusal {
  /** The SQLSTATE. */
  readonly code: string;
  readonly message: string;
}

/** The database will not take these rows, however often they are sent. */
export class RefusedRowsError extends Error {
  override readonly name = "RefusedRowsError";
  readonly #refusals: ReadonlyMap<EventRow, Refusal>;

  constructor(refusals: ReadonlyMap<EventRow, Refusal>) {
    super(`the database refused ${refusals.size} row(s)`);
    this.#refusals = refusals;
  }

  reasonFor(row: EventRow): Refusal | undefined {
    return this.#refusals.get(row);
  }
}
