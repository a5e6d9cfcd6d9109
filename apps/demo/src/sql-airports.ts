import type { AirportFigures, AirportShare } from "./airport-figures.ts";
import {
  type AirportRow,
  type AirportStore,
  type CallOptions,
  type EventPage,
  FencedSaveError,
  type SaveOptions,
  type WaitingChoice,
} from "./airport-store.ts";
import { NOTHING } from "./airport-figures.ts";
import { airportStatements } from "./airport-sql.ts";
import { outboxStatements } from "./outbox-sql.ts";
import type { Query } from "./store.ts";

type Row = Readonly<Record<string, unknown>>;

/** The airports of a database. */
export class SqlAirports implements AirportStore {
  readonly #query: Query;
  readonly #sql: ReturnType<typeof airportStatements>;
  readonly #outbox: ReturnType<typeof outboxStatements>;

  constructor(query: Query, table: string) {
    this.#query = query;
    this.#sql = airportStatements(table);
    this.#outbox = outboxStatements(table);
  }

  async load(airport: string, options?: CallOptions): Promise<AirportRow> {
    const [row] = await this.#query(this.#sql.load, [airport], options);
    if (row !== undefined) return { ...figuresOf(row), version: Number(row["version"]), others: 0 };
    const [counted] = await this.#query(this.#sql.count, [], options);
    return { ...NOTHING, version: 0, others: Number(counted?.["airports"]) };
  }

  async save(airport: string, { token, ...options }: SaveOptions = {}): Promise<void> {
    try {
      await this.#query(this.#outbox.save, [airport, token ?? null], options);
    } catch (error) {
      if (!isFenced(error)) throw error;
      throw new FencedSaveError(`${airport} was saved with a token larger than ${token}`, { cause: error });
    }
  }

  async waiting({ olderThanMs, maxAirports }: WaitingChoice): Promise<string[]> {
    const rows = await this.#query(this.#outbox.waiting, [olderThanMs, maxAirports]);
    return rows.map(({ airport }) => String(airport));
  }

  async rows(): Promise<AirportShare[]> {
    return (await this.#query(this.#sql.rows)).map(withName);
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

/** The one column whose null says it: see the statement. */
function isFenced(error: unknown): boolean {
  const { code, column } = error as { readonly code?: unknown; readonly column?: unknown };
  return code === "23502" && column === "token";
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
