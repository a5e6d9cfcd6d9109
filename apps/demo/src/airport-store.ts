import type { AirportFigures, AirportShare } from "./airport-figures.ts";

/** The row of an airport, as it was read. */
export interface AirportRow extends AirportFigures {
  /** 0: there is no row yet. Goes up with every change. */
  readonly version: number;
}

/** Events of an airport, a line of JSON for each, in the order of their ids. */
export interface EventPage {
  readonly text: string;
  /** Ask for what comes after it. */
  readonly lastId: string;
  /** There are no more, so nobody has to ask. */
  readonly isLast: boolean;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Somebody else has changed the row of an airport since it was read. */
export class StaleAirportError extends Error {
  override readonly name = "StaleAirportError";
}

/** The table of the airports, one row for each, and the events behind it. */
export interface AirportStore {
  load(airport: string, options?: CallOptions): Promise<AirportRow>;
  /** @throws StaleAirportError when the row has another version by now. */
  save(airport: string, row: AirportRow, options?: CallOptions): Promise<void>;
  /** All there are. */
  rows(): Promise<AirportShare[]>;
  /** Computes rows anew from the events: of these airports, which may be new. */
  recompute(airports: readonly string[]): Promise<void>;
  /** Computes all rows anew: of the airports that have one, then of those with most events, so many at most. */
  recomputeAll(limit: number): Promise<void>;
  /** The database's own answer, from the events alone: as many airports as there are. */
  figures(): Promise<AirportShare[]>;
  /** Undefined: there are no more. Some megabytes at most. */
  eventsOf(airport: string, afterId: string, options?: CallOptions): Promise<EventPage | undefined>;
  /** For each airport, the sum of {@link lineSum} over the lines of its events. */
  lineSums(): Promise<ReadonlyMap<string, bigint>>;
}
