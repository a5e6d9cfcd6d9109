import { access, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import type { AirportStore, CallOptions } from "./airport-store.ts";
import type { EventRow } from "./events.ts";
import { FolderLock } from "./folder-lock.ts";
import { counting, insertion, insertedOf, migration, rowsDocument } from "./sql.ts";
import { SqlAirports } from "./sql-airports.ts";
import type { Inserted, Query, Store, TableChoice } from "./store.ts";

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

  private constructor(folder: string, database: PGlite, lock: FolderLock, table: string) {
    this.name = `PGlite in ${folder}`;
    this.#database = database;
    this.#lock = lock;
    this.#insertion = insertion(table);
    this.#counting = counting(table);
    this.airports = new SqlAirports(this.query, table);
  }

  static async open(folder: string, choice: TableChoice): Promise<PgliteStore> {
    await mkdir(folder, { recursive: true });
    // Two processes on one folder would destroy it, and PGlite itself does not look.
    const lock = await FolderLock.take(folder);
    try {
      const database = await openDatabase(folder);
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

  async close(): Promise<void> {
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
    const made = await PGlite.create(aside);
    await made.close();
    await rename(aside, place);
  }
  return PGlite.create(place);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
