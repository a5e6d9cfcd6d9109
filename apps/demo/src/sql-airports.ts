import type { AirportFigures, AirportShare } from "./airport-figures.ts";
import {
  type AirportRow,
  type AirportStore,
  type CallOptions,
  type EventPage,
  StaleAirportError,
} from "./airport-store.ts";
import { NOTHING } from "./airport-figures.ts";
import { airportStatements } from "./airport-sql.ts";
import type { Query } from "./store.ts";

type Row = Readonly<Record<string, unknown>>;

/** The airports of a database. */
export class SqlAirports implements AirportStore {
  readonly #query: Query;
  readonly #sql: ReturnType<typeof airportStatements>;

  constructor(query: Query, table: string) {
    this.#query = query;
    this.#sql = airportStatements(table);
  }

  async load(airport: string, options?: CallOptions): Promise<AirportRow> {
    const [row] = await this.#query(this.#sql.load, [airport], options);
    return row === undefined ? { ...NOTHING, version: 0 } : { ...figuresOf(row), version: Number(row["version"]) };
  }

  async save(airport: string, row: AirportRow, options?: CallOptions): Promise<void> {
    const { version, flights, delayMinutes, delayed, lastEvent } = row;
    const parameters = [airport, version, flights, delayMinutes, delayed, lastEvent];
    const saved = await this.#query(this.#sql.save, parameters, options);
    if (saved.length === 0) throw new StaleAirportError(`${airport} is not at version ${version} any more`);
  }

  async rows(): Promise<AirportShare[]> {
    return (await this.#query(this.#sql.rows)).map(withName);
  }

  async recompute(airports: readonly string[]): Promise<void> {
    await this.#query(this.#sql.recompute, [JSON.stringify(airports)]);
  }

  async recomputeAll(limit: number): Promise<void> {
    await this.#query(this.#sql.forget);
    await this.#query(this.#sql.recomputeAll, [limit]);
  }

  async figures(): Promise<AirportShare[]> {
    return (await this.#query(this.#sql.figures)).map(withName);
  }

  async eventsOf(airport: string, afterId: string, options?: CallOptions): Promise<EventPage | undefined> {
    const [page] = await this.#query(this.#sql.page, [airport, afterId], options);
    if (typeof page?.["text"] !== "string") return undefined;
    return { text: page["text"], lastId: String(page["last_id"]), isLast: page["is_last"] === true };
  }

  async lineSums(): Promise<ReadonlyMap<string, bigint>> {
    const rows = await this.#query(this.#sql.lineSums);
    return new Map(rows.map(({ airport, sum }) => [String(airport), BigInt(String(sum))]));
  }
}

/** With the name of the airport; null for events that belong to none. */
export function shareOf(row: Row): AirportFigures & { readonly airport: string | null } {
  const airport = row["airport"];
  return { airport: typeof airport === "string" ? airport : null, ...figuresOf(row) };
}

function withName(row: Row): AirportShare {
  return { airport: String(row["airport"]), ...figuresOf(row) };
}

function figuresOf(row: Row): AirportFigures {
  const lastEvent = row["last_event"];
  return {
    flights: Number(row["flights"]),
    delayMinutes: Number(row["delay_minutes"]),
    delayed: Number(row["delayed"]),
    lastEvent: typeof lastEvent === "string" ? lastEvent : null,
  };
}
