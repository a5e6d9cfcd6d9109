import type { Batch } from "@disp/core";
import { refusalOf } from "./database-errors.ts";
import type { EventRow } from "./events.ts";
import { type Refusal, RefusedRowsError } from "./refused-rows.ts";
import type { Store } from "./store.ts";

/**
 * Writes a batch with one statement. When the database refuses it because of a row, the batch is halved until the row
 * stands alone, so that one bad row never sinks its neighbours: about 2 log2(n) statements for each bad row.
 *
 * @throws RefusedRowsError when nothing but refused rows is left in the batch.
 * @throws What the store threw when trying again may help: the rows that are stored have left the batch by then.
 */
export async function storeBatch(store: Store, batch: Batch<EventRow>, signal: AbortSignal): Promise<void> {
  const stored = new Set<EventRow>();
  const refusals = new Map<EventRow, Refusal>();
  try {
    await storeOrHalve(batch.items);
  } catch (error) {
    batch.keep((row) => !stored.has(row));
    throw error;
  }
  if (refusals.size === 0) return;
  batch.keep((row) => refusals.has(row));
  throw new RefusedRowsError(refusals);

  async function storeOrHalve(rows: readonly EventRow[]): Promise<void> {
    const [first] = rows;
    if (first === undefined) return;
    // Timed out: the batch is somebody else's by now.
    signal.throwIfAborted();
    try {
      await store.insert(rows, { signal });
      for (const row of rows) stored.add(row);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === undefined) throw error;
      if (rows.length === 1) {
        refusals.set(first, refusal);
        return;
      }
      const middle = rows.length >> 1;
      await storeOrHalve(rows.slice(0, middle));
      await storeOrHalve(rows.slice(middle));
    }
  }
}
