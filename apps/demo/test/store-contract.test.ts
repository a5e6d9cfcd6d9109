import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { refusalOf } from "../src/database-errors.ts";
import { createDelivery } from "../src/delivery.ts";
import type { EventRow } from "../src/events.ts";
import { FolderInUseError } from "../src/folder-lock.ts";
import { PgliteStore } from "../src/pglite-store.ts";
import { PostgresStore } from "../src/postgres-store.ts";
import type { Store, TableChoice } from "../src/store.ts";
import { findPostgres, startPostgres, type TestServer } from "./postgres-server.ts";

/** A database may take its time to start on a busy machine. */
const START_MS = 120_000;
const TABLE = "contract_events";
const BAD = '{"a":"\\u0000"}';
const FRESH: TableChoice = { table: TABLE, fresh: true };
const KEPT: TableChoice = { table: TABLE, fresh: false };

function rowOf(id: string, payload = "{}"): EventRow {
  const receivedAt = "2026-01-01T00:00:00.000Z";
  return { id, receivedAt, type: null, occurredAt: null, payload, bytes: payload.length };
}

/** What holds for every store. `open` opens the same database each time. */
function contract(open: (choice: TableChoice) => Promise<Store>): void {
  let store: Store;
  const ids = async (): Promise<unknown[]> =>
    (await store.query(`select id from ${TABLE} order by id`)).map((row) => row["id"]);

  beforeAll(async () => {
    store = await open(FRESH);
  }, START_MS);
  afterEach(async () => {
    await store.query(`delete from ${TABLE}`);
  });
  afterAll(() => store.close());

  it("stores every column, and the payload without losing a digit", async () => {
    const payload = '{"n": 12345678901234567890.123, "text": "größe ✓ \'\\" \\\\ 😀", "deep": [{"a": [null, true]}]}';
    await store.insert([{ ...rowOf("1", payload), type: "sale's", occurredAt: "2025-12-31T23:59:59.123Z" }]);
    const [row] = await store.query(`
      select id, type, received_at = '2026-01-01T00:00:00Z' as received,
        occurred_at = '2025-12-31T23:59:59.123Z' as occurred, payload::text as payload from ${TABLE}`);
    expect(row).toMatchObject({ id: "1", type: "sale's", received: true, occurred: true });
    expect(JSON.parse(String(row?.["payload"]))).toEqual(JSON.parse(payload));
    expect(row?.["payload"]).toContain("12345678901234567890.123");
  });

  it("counts the rows that are new, and passes over ids that are there: the first one stays", async () => {
    expect(await store.insert([rowOf("a", '{"v":1}'), rowOf("b")])).toEqual({ count: 2, airports: [] });
    expect(await store.insert([rowOf("a", '{"v":2}'), rowOf("c")])).toEqual({ count: 1, airports: [] });
    expect(await store.query(`select payload->>'v' as v from ${TABLE} where id = 'a'`)).toEqual([{ v: "1" }]);
  });

  it("stores an id once that comes twice in one batch", async () => {
    expect(await store.insert([rowOf("a"), rowOf("a")])).toMatchObject({ count: 1 });
  });

  it("does nothing for no rows", async () => {
    expect(await store.insert([])).toEqual({ count: 0, airports: [] });
  });

  it.each([
    ["a zero character", BAD, "22P05"],
    ["half of a surrogate pair", '{"a":"\\ud800"}', "22P02"],
    ["a number beyond all bounds", '{"a":1e400000}', "22003"],
  ])("stores all rows or none: %s is said to be the row's fault", async (_, payload, code) => {
    const error = await store
      .insert([rowOf("a"), rowOf("bad", payload), rowOf("z")])
      .catch((reason: unknown) => reason);
    expect(refusalOf(error)).toMatchObject({ code });
    expect(await ids()).toEqual([]);
  });

  it("does not take an error in a statement for a row's fault", async () => {
    const error = await store.query("select * from missing_table").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(Error);
    expect(refusalOf(error)).toBeUndefined();
  });

  it("stores rows once that come in several batches at the same moment", async () => {
    const rows = Array.from({ length: 200 }, (_, index) => rowOf(String(index).padStart(3, "0")));
    const counts = await Promise.all(
      [rows, [...rows].reverse(), rows.slice(50, 150)].map((some) => store.insert(some)),
    );
    expect(counts.reduce((sum, { count }) => sum + count, 0)).toBe(200);
    expect(await ids()).toHaveLength(200);
  });

  it("stores all rows but the bad ones, behind the dispatcher", async () => {
    const dispatcher = createDelivery((some, options) => store.insert(some, options), store.parallelism);
    const rows = Array.from({ length: 300 }, (_, index) => rowOf(String(index), index % 100 === 7 ? BAD : "{}"));
    const outcomes = await Promise.allSettled(rows.map((row) => dispatcher.deliver(row)));
    const refused = outcomes.flatMap(({ status }, index) => (status === "rejected" ? [index] : []));
    expect(refused).toEqual([7, 107, 207]);
    expect(await ids()).toHaveLength(297);
    expect(await dispatcher.drain()).toMatchObject({ accepted: 300, delivered: 297, dropped: { rejected: 3 } });
  });

  it("keeps its rows when it is opened again, unless a fresh table is asked for", async () => {
    await store.insert([rowOf("a")]);
    await store.close();
    store = await open(KEPT);
    expect(await ids()).toEqual(["a"]);
    await store.close();
    store = await open(FRESH);
    expect(await ids()).toEqual([]);
  });
}

describe("PGlite", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "disp-pglite-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  contract((choice) => PgliteStore.open(folder, choice));

  it("does not open a folder that is in use", async () => {
    await expect(PgliteStore.open(folder, KEPT)).rejects.toThrow(FolderInUseError);
  });
});

const programs = findPostgres();
const givenUrl = process.env["DATABASE_URL"];
const canRun = givenUrl !== undefined || programs !== undefined;
const isCi = process.env["CI"] !== undefined && process.env["CI"] !== "";
const HOW =
  "PostgreSQL not found: install it (Debian: apt-get install postgresql), or set DATABASE_URL to a test database.";
if (!canRun) console.warn(`\n*** ${HOW} The tests of the PostgreSQL store are left out. ***\n`);

describe.skipIf(!canRun && !isCi)(canRun ? "PostgreSQL" : `PostgreSQL (${HOW})`, () => {
  let server: TestServer | undefined;
  let url: string;
  beforeAll(async () => {
    if (!canRun) throw new Error(HOW);
    if (givenUrl === undefined && programs !== undefined) server = await startPostgres(programs);
    url = givenUrl ?? server?.url ?? "";
  }, START_MS);
  afterAll(() => server?.stop());

  contract((choice) => PostgresStore.open(url, choice));

  describe("with a connection in trouble", () => {
    let store: PostgresStore;
    beforeAll(async () => {
      store = await PostgresStore.open(url, { table: "trouble_events", fresh: true });
    });
    afterAll(() => store.close());

    it("goes on when the server ends its connections, and does not blame the row", async () => {
      await store.insert([rowOf("a")]);
      const kill = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'disp-demo'";
      const error = await store.query(kill).catch((reason: unknown) => reason);
      expect(refusalOf(error)).toBeUndefined();
      // A connection may be found dead only when it is used, but then it leaves the pool.
      const attempts = [1, 2, 3, 4, 5, 6].map(() => () => store.insert([rowOf("b")]));
      const outcomes: string[] = [];
      for (const attempt of attempts) {
        const outcome = await attempt().then(
          () => "stored",
          (reason: unknown) => (refusalOf(reason) === undefined ? "try again" : "refused"),
        );
        outcomes.push(outcome);
      }
      expect(outcomes.at(-1)).toBe("stored");
      expect(outcomes).not.toContain("refused");
    });

    it("gives a statement up when the signal aborts, and can be used afterwards", async () => {
      const other = await PostgresStore.open(url, { table: "trouble_events", fresh: false });
      const blocker = other.query("begin; lock table trouble_events in exclusive mode; select pg_sleep(60)");
      const blocked = expect(blocker).rejects.toThrow();
      await untilSome(store, "mode = 'ExclusiveLock' and granted");
      const controller = new AbortController();
      const insert = store.insert([rowOf("c")], { signal: controller.signal });
      const given = expect(insert).rejects.toThrow();
      await untilSome(store, "mode = 'RowExclusiveLock' and not granted");
      controller.abort();
      await given;
      await store.query("select pg_terminate_backend(pid) from pg_stat_activity where query like '%pg_sleep(60)'");
      await blocked;
      await other.close();
      expect(await store.insert([rowOf("d")])).toMatchObject({ count: 1 });
    });

    it("does not begin a statement whose signal is aborted", async () => {
      await expect(store.insert([rowOf("e")], { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
      expect(await store.insert([rowOf("e")])).toMatchObject({ count: 1 });
    });
  });
});

/** Asks until another session has such a lock on the table, or waits for one. */
async function untilSome(store: Store, locks: string): Promise<void> {
  const sql = `select from pg_locks where relation = 'trouble_events'::regclass and ${locks}`;
  while ((await store.query(sql)).length === 0);
}
