import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type AirportFigures, NOTHING, sumOf } from "../src/airport-figures.ts";
import { canBeAirport } from "../src/airport-name.ts";
import { StaleAirportError } from "../src/airport-store.ts";
import { refusalOf } from "../src/database-errors.ts";
import { createDelivery } from "../src/delivery.ts";
import type { EventRow } from "../src/events.ts";
import { FolderInUseError } from "../src/folder-lock.ts";
import { lineSum } from "../src/line-sum.ts";
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
    await store.airports.recomputeAll(100);
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

  const flight = (id: string, origin: unknown, delay: unknown, occurredAt: string | null = null): EventRow => ({
    ...rowOf(id, JSON.stringify({ origin, delay })),
    occurredAt,
  });
  const figuresOf = async (airport: string): Promise<AirportFigures> =>
    sumOf(NOTHING, await store.airports.load(airport));

  it("says what the new rows add to each airport, and only they", async () => {
    await store.insert([flight("a", "LAX", 7)]);
    const { count, airports } = await store.insert([
      flight("a", "LAX", 7),
      flight("b", "LAX", 5, "2001-01-01T10:00:00.000Z"),
      flight("c", "LAX", -2, "2001-01-01T09:00:00.000Z"),
      flight("d", "SFO", "late"),
      flight("e", 7, 1),
    ]);
    expect(count).toBe(4);
    expect([...airports].sort((a, b) => (a.airport < b.airport ? -1 : 1))).toEqual([
      { airport: "LAX", flights: 2, delayMinutes: 3, delayed: 1, lastEvent: "2001-01-01T10:00:00.000Z" },
      { airport: "SFO", flights: 1, delayMinutes: 0, delayed: 0, lastEvent: null },
    ]);
  });

  it.each([
    ["x".repeat(64), 1],
    ["x".repeat(65), 0],
    ["😀".repeat(64), 1],
    ["😀".repeat(65), 0],
    ["", 0],
    ["'; drop table events --", 1],
    ["\u0001\n\t/..\\", 1],
  ])("takes %j for an airport, or does not, as the gateway does", async (origin, expected) => {
    const { airports } = await store.insert([flight("a", origin, 1)]);
    expect(airports.map(({ airport }) => airport)).toEqual(expected === 1 ? [origin] : []);
    expect(canBeAirport(origin)).toBe(expected === 1);
  });

  it.each(["1e400", "-1e400", "1e-400", "100001", "5.4", "-0.0", "12345678901234567890.5"])(
    "stores a flight with a delay of %s, whatever it adds up to",
    async (delay) => {
      const payload = `{"origin":"LAX","delay":${delay}}`;
      const { airports } = await store.insert([rowOf("a", payload)]);
      expect(airports).toMatchObject([{ airport: "LAX", delayMinutes: delay === "5.4" ? 5 : 0 }]);
    },
  );

  it("saves the row of an airport, unless somebody else was faster", async () => {
    const row = await store.airports.load("LAX");
    expect(row).toEqual({ ...NOTHING, version: 0 });
    const changed = { ...row, flights: 3, delayMinutes: -4, delayed: 1, lastEvent: "2001-01-01T10:00:00.000Z" };
    await store.airports.save("LAX", changed);
    expect(await store.airports.load("LAX")).toEqual({ ...changed, version: 1 });
    await expect(store.airports.save("LAX", row)).rejects.toThrow(StaleAirportError);
    await store.airports.save("LAX", { ...changed, version: 1, flights: 4 });
    expect(await store.airports.load("LAX")).toMatchObject({ flights: 4, version: 2 });
  });

  it("computes rows anew from the events: those asked for, or all", async () => {
    await store.insert([flight("a", "LAX", 5), flight("b", "LAX", 6), flight("c", "SFO", 1)]);
    await store.airports.recompute(["LAX", "a name, of none", "{}"]);
    expect(await store.airports.rows()).toEqual([
      { airport: "LAX", flights: 2, delayMinutes: 11, delayed: 2, lastEvent: null },
    ]);
    await store.airports.save("LAX", { ...NOTHING, version: 1 });
    await store.airports.save("gone", { ...NOTHING, version: 0 });
    await store.airports.recomputeAll(10);
    expect(await figuresOf("LAX")).toMatchObject({ flights: 2, delayMinutes: 11 });
    expect((await store.airports.rows()).map(({ airport }) => airport).sort()).toEqual(["LAX", "SFO"]);
    expect(await store.airports.figures()).toHaveLength(2);
  });

  it("keeps the airports it has when there are too many, and takes the largest of the others", async () => {
    const many = Array.from({ length: 9 }, (_, n) => flight(`m${n}`, `M${n % 4}`, n));
    await store.insert([flight("a", "KNOWN", 5), ...many]);
    await store.airports.recompute(["KNOWN"]);
    await store.airports.recomputeAll(2);
    expect((await store.airports.rows()).map(({ airport }) => airport).sort()).toEqual(["KNOWN", "M0"]);
  });

  it("gives out the events of an airport page by page, each once, in lines that say what counts", async () => {
    const pad = "x".repeat(500);
    const events = Array.from({ length: 5_000 }, (_, n) =>
      rowOf(`"${n}`, JSON.stringify({ origin: "LAX", delay: n, pad: n % 3 === 0 ? pad : "\n" })),
    );
    for (let from = 0; from < 5_000; from += 1_000) await store.insert(events.slice(from, from + 1_000));
    await store.insert([
      flight("other", "SFO", 1),
      { ...flight("timed", "LAX", null), occurredAt: "2001-01-01T10:00:00.000Z" },
    ]);
    const found: string[] = [];
    let sum = 0n;
    const isLast: boolean[] = [];
    for (
      let page = await store.airports.eventsOf("LAX", "");
      page;
      page = await store.airports.eventsOf("LAX", page.lastId)
    ) {
      isLast.push(page.isLast);
      expect(page.text.endsWith("\n")).toBe(true);
      for (const line of page.text.slice(0, -1).split("\n")) {
        const event = JSON.parse(line) as { id: string; delay_minutes: number | null; occurred_at: string | null };
        sum += lineSum(line);
        found.push(event.id);
        if (event.id === "timed") expect(event).toMatchObject({ occurred_at: "2001-01-01T10:00:00.000Z" });
        else expect(event).toMatchObject({ delay_minutes: Number(event.id.slice(1)), occurred_at: null });
      }
    }
    expect(isLast.length).toBeGreaterThan(1);
    expect(isLast.indexOf(true)).toBe(isLast.length - 1);
    expect(found.sort()).toEqual([...events.map(({ id }) => id), "timed"].sort());
    expect((await store.airports.lineSums()).get("LAX")).toBe(sum);
  });

  it("fills the columns of airports in a table that was there before them", async () => {
    await store.insert([flight("a", "LAX", 5)]);
    await store.query(`alter table ${TABLE} drop column airport, drop column delay_minutes`);
    await store.query(`drop table ${TABLE}_airports`);
    await store.close();
    store = await open(KEPT);
    await store.airports.recomputeAll(10);
    expect(await figuresOf("LAX")).toMatchObject({ flights: 1, delayMinutes: 5 });
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
