import { Pool } from "pg";
import type { AirportStore, CallOptions } from "./airport-store.ts";
import type { EventRow } from "./events.ts";
import { counting, insertion, insertedOf, migration, rowsDocument } from "./sql.ts";
import { SqlAirports } from "./sql-airports.ts";
import type { Inserted, Query, Store, TableChoice } from "./store.ts";

const PARALLELISM = 4;

/** A PostgreSQL server. */
export class PostgresStore implements Store {
  readonly name: string;
  readonly parallelism = PARALLELISM;
  readonly #pool: Pool;
  readonly #insertion: string;
  readonly #counting: string;
  readonly airports: AirportStore;

  private constructor(pool: Pool, name: string, table: string) {
    this.name = name;
    this.#pool = pool;
    this.#insertion = insertion(table);
    this.#counting = counting(table);
    this.airports = new SqlAirports(this.query, table);
  }

  static async open(databaseUrl: string, choice: TableChoice): Promise<PostgresStore> {
    const pool = new Pool({
      connectionString: databaseUrl,
      // Inserts, the lanes of the aggregates, the reports, and one for questions.
      max: 2 * PARALLELISM + 3,
      connectionTimeoutMillis: 5_000,
      application_name: "disp-demo",
    });
    // Without listeners a connection that dies would end the process.
    pool.on("error", ignore);
    pool.on("connect", (client) => client.on("error", ignore));
    try {
      await pool.query(migration(choice));
      return new PostgresStore(pool, await describe(pool), choice.table);
    } catch (error) {
      await pool.end();
      throw new Error(`Cannot open the database of DATABASE_URL: ${reasonOf(error)}`, { cause: error });
    }
  }

  async insert(rows: readonly EventRow[], options?: CallOptions): Promise<Inserted> {
    return insertedOf(await this.query(this.#insertion, [rowsDocument(rows)], options));
  }

  /** An abort cuts the connection: the pool makes another, and whoever waits is told at once. */
  readonly query: Query = async (sql, parameters = [], { signal } = {}) => {
    const client = await this.#pool.connect();
    let released = false;
    const release = (destroy: boolean): void => {
      if (!released) client.release(destroy);
      released = true;
    };
    const cutOff = (): void => release(true);
    signal?.addEventListener("abort", cutOff, { once: true });
    try {
      signal?.throwIfAborted();
      const result = await client.query<Record<string, unknown>>(sql, [...parameters]);
      return result.rows;
    } finally {
      signal?.removeEventListener("abort", cutOff);
      release(false);
    }
  };

  async countRows(): Promise<number> {
    const [row] = await this.query(this.#counting);
    return Number(row?.["rows"]);
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

/** Several addresses that all fail are an error of several, which says nothing itself. */
function reasonOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message : String(first);
}

function ignore(): void {
  // A query that was running is rejected with the same error; an idle connection is replaced at the next use.
}

async function describe(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ version: string; database: string }>(
    "select current_setting('server_version') as version, current_database() as database",
  );
  return `PostgreSQL ${rows[0]?.version ?? ""}, database ${rows[0]?.database ?? ""}`;
}
