import { access, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import type { AirportStore, CallOptions } from "./airport-store.ts";
import type { EventRow } from "./events.ts";
import { errorText } from "./error-text.ts";
import { FolderLock } from "./folder-lock.ts";
import { quoted } from "./quoted.ts";
import { counting, insertion, insertedOf, migration, rowsDocument } from "./sql.ts";
import { SqlAirports } from "./sql-airports.ts";
import type { Inserted, Query, Store, TableChoice } from "./store.ts";

const HOUSEKEEPING_MS = 15_000;
/** Of the write-ahead log, since the last checkpoint. */
const ENOUGH_BYTES = 32 * 2 ** 20;

/**
 * For the session. Nobody collects statistics here, and without them the planner takes every airport for a small one: it would
 * fetch and sort all events of an airport for each page of 4,000.
 */
const SESSION = "set enable_bitmapscan = off";

/** For the folder, from the next start on: what is kept of the write-ahead log. */
const KEPT_LOG = ["alter system set max_wal_size = '96MB'", "alter system set min_wal_size = '32MB'"];

/** PostgreSQL inside this process, its data in a folder. */
export class PgliteStore implements Store {
  readonly name: string;
  /** It is a single session: statements run one after another anyway. */
  readonly parallelism = 1;
  readonly #database: PGlite;
  readonly #lock: FolderLock;
  readonly #insertion: string;
  readonly #counting: string;
  readonly airports: AirportStore;
  readonly #table: string;
  readonly #housekeeping: NodeJS.Timeout;
  #kept: Promise<void> = Promise.resolve();

  private constructor(folder: string, database: PGlite, lock: FolderLock, table: string) {
    this.#table = table;
    this.name = `PGlite in ${folder}`;
    this.#database = database;
    this.#lock = lock;
    this.#insertion = insertion(table);
    this.#counting = counting(table);
    this.airports = new SqlAirports(this.query, table);
    this.#housekeeping = setInterval(() => void this.keepHouse(), HOUSEKEEPING_MS).unref();
  }

  static async open(folder: string, choice: TableChoice): Promise<PgliteStore> {
    await mkdir(folder, { recursive: true });
    // Two processes on one folder would destroy it, and PGlite itself does not look.
    const lock = await FolderLock.take(folder);
    try {
      const database = await openDatabase(folder);
      await database.exec(SESSION);
      await database.exec(migration(choice));
      return new PgliteStore(folder, database, lock, choice.table);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  async insert(rows: readonly EventRow[], options?: CallOptions): Promise<Inserted> {
    return insertedOf(await this.query(this.#insertion, [rowsDocument(rows)], options));
  }

  /** What runs cannot be called off: the database is in this thread. */
  readonly query: Query = async (sql, parameters = [], { signal } = {}) => {
    signal?.throwIfAborted();
    const result = await this.#database.query<Record<string, unknown>>(sql, [...parameters]);
    return result.rows;
  };

  async countRows(): Promise<number> {
    const [row] = await this.query(this.#counting);
    return Number(row?.["rows"]);
  }

  /**
   * What a server does in the background, and nobody does here: without it the log of a million events is half a gigabyte, and
   * each share that was ever taken out of the outbox keeps its place there.
   */
  keepHouse(enoughBytes: number = ENOUGH_BYTES): Promise<void> {
    this.#kept = this.#kept
      .then(() => this.#keepHouse(enoughBytes))
      .catch((error: unknown) => console.error(`The database was not tidied up: ${errorText(error)}`));
    return this.#kept;
  }

  async #keepHouse(enoughBytes: number): Promise<void> {
    const [log] = await this.query(
      "select pg_wal_lsn_diff(pg_current_wal_lsn(), redo_lsn)::float8 as bytes from pg_control_checkpoint()",
    );
    if (Number(log?.["bytes"]) < enoughBytes) return;
    for (const part of ["shares", "airports"]) await this.query(`vacuum ${quoted(`${this.#table}_${part}`)}`);
    await this.query("checkpoint");
  }

  async close(): Promise<void> {
    clearInterval(this.#housekeeping);
    await this.#kept;
    await this.#database.close();
    await this.#lock.release();
  }
}

/** A new database is made aside and moved in when it is complete: one that is there is whole, whenever we were killed. */
async function openDatabase(folder: string): Promise<PGlite> {
  const place = join(folder, "pglite");
  if (!(await exists(place))) {
    const aside = join(folder, "pglite.new");
    await rm(aside, { recursive: true, force: true });
    await (await opened(aside)).close();
    await rename(aside, place);
  }
  return opened(place);
}

async function opened(place: string): Promise<PGlite> {
  const database = await PGlite.create(place);
  for (const setting of KEPT_LOG) await database.exec(setting);
  return database;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
