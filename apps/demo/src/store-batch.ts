import type { Batch } from "@disp/core";
import { refusalOf } from "./database-errors.ts";
import type { EventRow } from "./events.ts";
import { RefusedRowError } from "./refused-row.ts";
import type { Inserted } from "./store.ts";

/** Writes rows, as a store does. */
export type Insert = (rows: readonly EventRow[], options: { readonly signal: AbortSignal }) => Promise<Inserted>;

/**
 * Writes a batch with one statement. When the database refuses it because of a row, the batch is halved until the row
 * stands alone and is rejected, so that one bad row never sinks its neighbours: about 2 log2(n) statements for each bad
 * row. Rows leave the batch as soon as their fate is known.
 *
 * @throws What `insert` threw when trying again may help, with what is left in the batch.
 */
export async function storeBatch(insert: Insert, batch: Batch<EventRow>, signal: AbortSignal): Promise<void> {
  await storeOrHalve(batch.items);

  async function storeOrHalve(rows: readonly EventRow[]): Promise<void> {
    const [first] = rows;
    if (first === undefined) return;
    // Timed out: the batch is somebody else's by now.
    signal.throwIfAborted();
    const refusal = await tryInsert(rows);
    if (refusal === undefined) {
      const stored = new Set(rows);
      batch.keep((row) => !stored.has(row));
    } else if (rows.length === 1) {
      batch.reject((row) => row === first, refusal);
    } else {
      const middle = rows.length >> 1;
      await storeOrHalve(rows.slice(0, middle));
      await storeOrHalve(rows.slice(middle));
    }
  }

  /** Resolves with what the database has against one of the rows, if that is why it refused them. */
  async function tryInsert(rows: readonly EventRow[]): Promise<RefusedRowError | undefined> {
    try {
      await insert(rows, { signal });
      return undefined;
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      return new RefusedRowError(refusal);
    }
  }
}
