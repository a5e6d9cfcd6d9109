import type { AirportFigures, AirportShare } from "./airport-figures.ts";

/** The row of an airport, as it was read. */
export interface AirportRow extends AirportFigures {
  /** 0: there is no row yet. Goes up with every change. */
  readonly version: number;
  /** While there is no row: how many other airports have one. Not counted otherwise. */
  readonly others: number;
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

export interface SaveOptions extends CallOptions {
  /** Of the lock under which it is done; goes up with every holder. Undefined: done without one. */
  readonly token?: number | undefined;
}

/** Which shares somebody should take up. */
export interface WaitingChoice {
  /** Those written so long ago, in milliseconds: by then whoever wrote them has mostly taken them up. */
  readonly olderThanMs: number;
  /** Beyond so many rows, those of new airports stay where they are. */
  readonly maxAirports: number;
}

/** Somebody who got the lock of the row later has saved it since. Nothing was changed. */
export class FencedSaveError extends Error {
  override readonly name = "FencedSaveError";
}

/**
 * The table of the airports, one row for each, the outbox with what is still to be added to them, and the events behind it.
 * Each insert of events leaves a share in the outbox for each airport it has added to, with the events or not at all.
 */
export interface AirportStore {
  load(airport: string, options?: CallOptions): Promise<AirportRow>;
  /**
   * Moves all that the outbox has for the airport into its row, in one step: each share is added once, whoever saves at the
   * same time, and one that comes meanwhile stays for the next time.
   *
   * @throws FencedSaveError when the row was saved with a larger token.
   */
  save(airport: string, options?: SaveOptions): Promise<void>;
  /** The airports of the outbox; new ones as far as there is room for them, those with most events first. */
  waiting(choice: WaitingChoice): Promise<string[]>;
  /** All there are. */
  rows(): Promise<AirportShare[]>;
  /** The database's own answer, from the events alone: as many airports as there are. */
  figures(): Promise<AirportShare[]>;
  /** Undefined: there are no more. Some megabytes at most. */
  eventsOf(airport: string, afterId: string, options?: CallOptions): Promise<EventPage | undefined>;
  /** For each airport, the sum of {@link lineSum} over the lines of its events. */
  lineSums(): Promise<ReadonlyMap<string, bigint>>;
}
