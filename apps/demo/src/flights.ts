import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { airportDelays } from "./airport-delays.ts";
import type { Frame } from "./frame.ts";
import type { Source } from "./source.ts";

const ROWS_AT_ONCE = 100_000;

/** Flights within the USA from January 2001 on, as the U.S. Bureau of Transportation Statistics collected them. */
export function flights(rows: number): Source {
  return {
    title: `${rows.toLocaleString("en-US")} flights of 2001 (vega-datasets, flights-3m)`,
    total: rows,
    events: () => readFlights(rows),
    question: airportDelays,
  };
}

async function* readFlights(rows: number): AsyncGenerator<Frame> {
  const require = createRequire(import.meta.url);
  const path = join(dirname(require.resolve("vega-datasets")), "../data/flights-3m.parquet");
  const file = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(file);
  for (let rowStart = 0; rowStart < rows; rowStart += ROWS_AT_ONCE) {
    const rowEnd = Math.min(rowStart + ROWS_AT_ONCE, rows);
    const found = await parquetReadObjects({ file, metadata, compressors, rowStart, rowEnd });
    for (const [index, flight] of found.entries())
      yield { at: rowStart + index + 1, bytes: Buffer.from(lineOf(flight)) };
  }
}

function lineOf(flight: Record<string, unknown>): string {
  const { date, delay, distance, origin, destination } = flight;
  // The file's whole numbers come as bigints, which JSON does not know.
  const numbers = { delay: Number(delay), distance: Number(distance) };
  return JSON.stringify({ type: "flight", occurred_at: date, ...numbers, origin, destination });
}
