import type { WaitOptions } from "@disp/sync-queue";
import type { Source } from "./consume.ts";
import type { Summary } from "./summary.ts";

/** What this needs of a dispatcher. */
interface Consumer<T> {
  consume(source: Source<T>, options?: WaitOptions): Promise<void>;
  drain(): Promise<Summary>;
}

/** Consumes a source to its end, then drains, also when the source fails. */
export async function processSource<T>(
  source: Source<T>,
  dispatcher: Consumer<T>,
  signal: AbortSignal | undefined,
): Promise<Summary> {
  try {
    await dispatcher.consume(source, { signal });
  } catch (error) {
    await dispatcher.drain();
    throw error;
  }
  return dispatcher.drain();
}
