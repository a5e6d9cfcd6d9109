import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type AirportFigures, type AirportShare, NOTHING, sumOf } from "../src/airport-figures.ts";
import { canBeAirport } from "../src/airport-name.ts";
import { airportStatements } from "../src/airport-sql.ts";
import { FencedSaveError } from "../src/airport-store.ts";
import { refusalOf } from "../src/database-errors.ts";
import { createDelivery } from "../src/delivery.ts";
import type { EventRow } from "../src/events.ts";
import { FolderInUseError } from "../src/folder-lock.ts";
import { lineSum } from "../src/line-sum.ts";
import { PgliteStore } from "../src/pglite-store.ts";
import { PostgresStore } from "../src/postgres-store.ts";
import { shareNothing } from "../src/sharing.ts";
import type { Store, TableChoice } from "../src/store.ts";
import type { OwnServer } from "../src/several/own-server.ts";
import { findPostgres, startPostgres } from "../src/several/postgres-server.ts";

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
    for (const name of [TABLE, `${TABLE}_airports`, `${TABLE}_shares`]) await store.query(`delete from ${name}`);
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
    expect(await store.countRows()).toBe(200);
  });

  it("stores all rows but the bad ones, behind the dispatcher", async () => {
    const { rateLimit } = shareNothing();
    const dispatcher = createDelivery({
      insert: (some, options) => store.insert(some, options),
      concurrency: store.parallelism,
      overflow: "block",
      rateLimit,
    });
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

  const ALL = { olderThanMs: 0, maxAirports: 100 };
  /** Saves all there is, and answers with the rows. */
  const savedRows = async (): Promise<AirportShare[]> => {
    for (const airport of await store.airports.waiting(ALL)) await store.airports.save(airport);
    return (await store.airports.rows()).sort((a, b) => (a.airport < b.airport ? -1 : 1));
  };

  it("adds to each airport what the new rows are, and only they", async () => {
    expect(await store.insert([flight("a", "LAX", 7)])).toEqual({ count: 1, airports: ["LAX"] });
    const { count, airports } = await store.insert([
      flight("a", "LAX", 7),
      flight("b", "LAX", 5, "2001-01-01T10:00:00.000Z"),
      flight("c", "LAX", -2, "2001-01-01T09:00:00.000Z"),
      flight("d", "SFO", "late"),
      flight("e", 7, 1),
    ]);
    expect(count).toBe(4);
    expect([...airports].sort()).toEqual(["LAX", "SFO"]);
    expect(await store.airports.rows()).toEqual([]);
    const rows = [
      { airport: "LAX", flights: 3, delayMinutes: 10, delayed: 2, lastEvent: "2001-01-01T10:00:00.000Z" },
      { airport: "SFO", flights: 1, delayMinutes: 0, delayed: 0, lastEvent: null },
    ];
    expect(await savedRows()).toEqual(rows);
    expect((await store.airports.figures()).sort((a, b) => (a.airport < b.airport ? -1 : 1))).toEqual(rows);
  });

  it("leaves nothing in the outbox when it refuses a batch", async () => {
    await expect(store.insert([flight("a", "LAX", 7), rowOf("bad", BAD)])).rejects.toThrow();
    expect(await store.airports.waiting(ALL)).toEqual([]);
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
    expect(airports).toEqual(expected === 1 ? [origin] : []);
    expect(canBeAirport(origin)).toBe(expected === 1);
  });

  it.each(["1e400", "-1e400", "1e-400", "100001", "5.4", "-0.0", "12345678901234567890.5"])(
    "stores a flight with a delay of %s, whatever it adds up to",
    async (delay) => {
      const payload = `{"origin":"LAX","delay":${delay}}`;
      await store.insert([rowOf("a", payload)]);
      expect(await savedRows()).toMatchObject([{ airport: "LAX", delayMinutes: delay === "5.4" ? 5 : 0 }]);
    },
  );

  it("loads a row with its version, and says how many others there are while there is none", async () => {
    await store.insert([flight("a", "LAX", -4, "2001-01-01T10:00:00.000Z"), flight("b", "SFO", 1)]);
    expect(await store.airports.load("LAX")).toEqual({ ...NOTHING, version: 0, others: 0 });
    await store.airports.save("LAX");
    const row = { flights: 1, delayMinutes: -4, delayed: 0, lastEvent: "2001-01-01T10:00:00.000Z" };
    expect(await store.airports.load("LAX")).toEqual({ ...row, version: 1, others: 0 });
    expect(await store.airports.load("SFO")).toEqual({ ...NOTHING, version: 0, others: 1 });
    await store.insert([flight("c", "LAX", 5, "2001-01-01T09:00:00.000Z")]);
    await store.airports.save("LAX");
    expect(await store.airports.load("LAX")).toMatchObject({ ...row, flights: 2, delayMinutes: 1, delayed: 1 });
  });

  it("changes nothing when there is nothing to add", async () => {
    await store.airports.save("LAX", { token: 7 });
    expect(await store.airports.rows()).toEqual([]);
    await store.insert([flight("a", "LAX", 1)]);
    await store.airports.save("LAX");
    await store.airports.save("LAX");
    expect(await store.airports.load("LAX")).toMatchObject({ flights: 1, version: 1 });
  });

  it("adds each share once, however many save and insert at the same time", async () => {
    const inserts = Array.from({ length: 40 }, (_, n) => store.insert([flight(`${n}`, "LAX", n)]));
    const saves = Array.from({ length: 40 }, () => store.airports.save("LAX"));
    await Promise.all([...inserts, ...saves]);
    expect(await savedRows()).toMatchObject([{ airport: "LAX", flights: 40, delayMinutes: 780 }]);
    expect(await store.airports.waiting(ALL)).toEqual([]);
  });

  it("refuses the save of somebody whose token is old, and takes nothing from the outbox", async () => {
    await store.insert([flight("a", "LAX", 1)]);
    await store.airports.save("LAX", { token: 1_800_000_000_000_005 });
    await store.insert([flight("b", "LAX", 1)]);
    await expect(store.airports.save("LAX", { token: 1_800_000_000_000_004 })).rejects.toThrow(FencedSaveError);
    expect(await figuresOf("LAX")).toMatchObject({ flights: 1 });
    expect(await store.airports.waiting(ALL)).toEqual(["LAX"]);
    await store.airports.save("LAX", { token: 1_800_000_000_000_005 });
    expect(await figuresOf("LAX")).toMatchObject({ flights: 2 });
    await store.insert([flight("c", "LAX", 1)]);
    // Nobody is fenced off who has no lock: then nobody has one.
    await store.airports.save("LAX");
    expect(await figuresOf("LAX")).toMatchObject({ flights: 3 });
  });

  it("says what waits in the outbox: of a certain age, and new airports only while there is room, the largest first", async () => {
    await store.insert([flight("a", "KNOWN", 1)]);
    expect(await store.airports.waiting({ olderThanMs: 60_000, maxAirports: 9 })).toEqual([]);
    await store.airports.save("KNOWN");
    expect(await store.airports.waiting(ALL)).toEqual([]);
    await store.insert(Array.from({ length: 9 }, (_, n) => flight(`m${n}`, `M${n % 4}`, n)));
    await store.insert([flight("b", "KNOWN", 1), flight("c", "M3", 1), flight("d", "M3", 1)]);
    expect(await store.airports.waiting(ALL)).toEqual(["KNOWN", "M3", "M0", "M1", "M2"]);
    expect(await store.airports.waiting({ olderThanMs: 0, maxAirports: 3 })).toEqual(["KNOWN", "M3", "M0"]);
    expect(await store.airports.waiting({ olderThanMs: 0, maxAirports: 1 })).toEqual(["KNOWN"]);
    expect(await store.airports.waiting({ olderThanMs: 0, maxAirports: 0 })).toEqual(["KNOWN"]);
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
    await store.query(`drop table ${TABLE}_airports, ${TABLE}_shares`);
    await store.close();
    store = await open(KEPT);
    expect(await savedRows()).toMatchObject([{ airport: "LAX", flights: 1, delayMinutes: 5 }]);
  });

  it("computes rows anew, once, when there was no outbox yet", async () => {
    await store.insert([flight("a", "LAX", 5), flight("b", "SFO", 1)]);
    await store.airports.save("LAX");
    await store.insert([flight("c", "LAX", 6), flight("d", "GONE", 7)]);
    await store.airports.save("GONE");
    await store.query(`delete from ${TABLE} where airport = 'GONE'`);
    await store.query(`alter table ${TABLE}_airports drop column token`);
    await store.query(`drop table ${TABLE}_shares`);
    for (let opened = 0; opened < 2; opened++) {
      await store.close();
      store = await open(KEPT);
      expect(await store.airports.rows()).toMatchObject([{ airport: "LAX", flights: 2, delayMinutes: 11 }]);
      expect(await store.airports.waiting(ALL)).toEqual(["SFO"]);
    }
    expect(await savedRows()).toMatchObject([{ airport: "LAX" }, { airport: "SFO", flights: 1 }]);
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

  describe("as any store", () => contract((choice) => PgliteStore.open(folder, choice)));

  it("reads a page of an airport in the order of the index, though nobody has collected statistics", async () => {
    const big = "many_events";
    const store = await PgliteStore.open(join(folder, "own"), { table: big, fresh: true });
    const row = (n: number): EventRow => rowOf(`e${n}`, `{"origin":"A${n % 3}"}`);
    for (let from = 0; from < 30_000; from += 5_000) {
      await store.insert(Array.from({ length: 5_000 }, (_, n) => row(from + n)));
    }
    const page = airportStatements(big).page.replace("$1", "'A1'").replace("$2", "'e2'");
    const plan = (await store.query(`explain ${page}`)).map((line) => String(line["QUERY PLAN"])).join("\n");
    expect(plan).toContain(`Index Scan using ${big}_by_airport`);
    expect(plan).not.toMatch(/Sort|Bitmap/);
    await store.close();
  });

  it("tidies up when enough was written, for there is no server that would", async () => {
    const store = await PgliteStore.open(join(folder, "own"), { table: "tidy_events", fresh: true });
    const checkpoint = async (): Promise<unknown> =>
      (await store.query("select redo_lsn::text as at from pg_control_checkpoint()"))[0]?.["at"];
    const size = async (): Promise<number> =>
      Number((await store.query("select pg_relation_size('tidy_events_shares')::int as bytes"))[0]?.["bytes"]);
    for (let n = 0; n < 50; n++) {
      await store.insert([rowOf(`t${n}`, '{"origin":"LAX"}')]);
      await store.airports.save("LAX");
    }
    const before = await checkpoint();
    await store.keepHouse();
    expect(await checkpoint()).toBe(before);
    expect(await size()).toBeGreaterThan(0);
    await store.keepHouse(1_000);
    expect(await checkpoint()).not.toBe(before);
    expect(await size()).toBe(0);
    expect(await store.countRows()).toBe(50);
    await store.close();
  });

  it("does not open a folder that is in use", async () => {
    const store = await PgliteStore.open(join(folder, "own"), KEPT);
    await expect(PgliteStore.open(join(folder, "own"), KEPT)).rejects.toThrow(FolderInUseError);
    await store.close();
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
  let server: OwnServer | undefined;
  let url: string;
  beforeAll(async () => {
    if (!canRun) throw new Error(HOW);
    if (givenUrl === undefined && programs !== undefined) server = await startPostgres(programs);
    url = givenUrl ?? server?.url ?? "";
  }, START_MS);
  afterAll(() => server?.stop());

  describe("as any store", () => contract((choice) => PostgresStore.open(url, choice)));

  describe("with a connection in trouble", () => {
    let store: PostgresStore;
    beforeAll(async () => {
      store = await PostgresStore.open(url, { table: "trouble_events", fresh: true });
    });
    afterAll(() => store.close());

    it("goes on when the server ends its connections, and does not blame the row", async () => {
      const doomed = `${url}${url.includes("?") ? "&" : "?"}application_name=doomed`;
      const store = await PostgresStore.open(doomed, { table: "trouble_events", fresh: false });
      await store.insert([rowOf("a")]);
      const kill = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'doomed'";
      const error = await store.query(kill).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(Error);
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
      await store.close();
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

    describe("while somebody else has the row of an airport in hand", () => {
      const EVERYTHING = { olderThanMs: 0, maxAirports: 100 };
      const lax = (id: string): EventRow => rowOf(id, '{"origin":"LAX","delay":1}');
      let openGate: () => Promise<void>;

      beforeEach(async () => {
        await store.query("delete from trouble_events_shares");
        await store.query("delete from trouble_events_airports");
        await store.query("create table if not exists trouble_gate ()");
        const keeper = await PostgresStore.open(url, { table: "trouble_events", fresh: false });
        const kept = keeper.query("begin; lock table trouble_gate; select pg_sleep(600)").catch(() => undefined);
        const keeping = "select pid from pg_locks where relation = 'trouble_gate'::regclass and granted";
        while ((await store.query(keeping)).length === 0);
        openGate = async () => {
          await store.query(`select pg_terminate_backend(pid) from (${keeping}) as keeper`);
          await kept;
          await keeper.close();
        };
      });

      const untilSaveWaits = async (): Promise<void> => {
        const waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and query like '%with taken as%'";
        while ((await store.query(waiting)).length === 0);
      };

      it.each(["a row that is there", "a row that is new"])(
        "adds to %s, and leaves what comes meanwhile",
        async (which) => {
          await store.insert([lax("1" + which)]);
          if (which.endsWith("there")) await store.airports.save("LAX");
          await store.insert([lax("2" + which)]);
          const change = `
          insert into trouble_events_airports values ('LAX', 1, 100, 0, 0, null)
          on conflict (airport) do update set flights = trouble_events_airports.flights + 100`;
          const holder = await Holder.begin(url, store, change);
          const save = store.airports.save("LAX");
          await untilSaveWaits();
          await store.insert([lax("3" + which)]);
          await openGate();
          await save;
          await holder.end();
          expect(await store.airports.load("LAX")).toMatchObject({ flights: 102, delayMinutes: 2 });
          expect(await store.airports.waiting(EVERYTHING)).toEqual(["LAX"]);
          await store.airports.save("LAX");
          expect(await store.airports.load("LAX")).toMatchObject({ flights: 103, delayMinutes: 3 });
        },
      );

      it("takes nothing when that one turns out to have a larger token", async () => {
        await store.insert([lax("fenced")]);
        await store.airports.save("LAX", { token: 4 });
        await store.insert([lax("fenced too")]);
        const holder = await Holder.begin(url, store, "update trouble_events_airports set token = 5");
        const save = expect(store.airports.save("LAX", { token: 4 })).rejects.toThrow(FencedSaveError);
        await untilSaveWaits();
        await openGate();
        await save;
        await holder.end();
        expect(await store.airports.load("LAX")).toMatchObject({ flights: 1 });
        expect(await store.airports.waiting(EVERYTHING)).toEqual(["LAX"]);
      });

      it("does not count the shares again that this one takes", async () => {
        await store.insert([lax("taken")]);
        const holder = await Holder.begin(url, store, "delete from trouble_events_shares where airport = 'LAX'");
        await store.insert([lax("left")]);
        const save = store.airports.save("LAX");
        await untilSaveWaits();
        await openGate();
        await holder.end();
        await save;
        expect(await store.airports.load("LAX")).toMatchObject({ flights: 1, delayMinutes: 1 });
        expect(await store.airports.waiting(EVERYTHING)).toEqual([]);
      });
    });

    it("does not begin a statement whose signal is aborted", async () => {
      await expect(store.insert([rowOf("e")], { signal: AbortSignal.abort() })).rejects.toThrow("aborted");
      expect(await store.insert([rowOf("e")])).toMatchObject({ count: 1 });
    });
  });
});

/** Somebody who has the row of an airport in hand, and lets go of it when told. */
class Holder {
  readonly #store: PostgresStore;
  readonly #work: Promise<unknown>;

  private constructor(store: PostgresStore, change: string) {
    this.#store = store;
    this.#work = store.query(`begin; ${change}; lock table trouble_gate; commit`);
  }

  /** Begins, with a change of the row, and waits at a gate. */
  static async begin(url: string, gate: PostgresStore, change: string): Promise<Holder> {
    const holder = new Holder(await PostgresStore.open(url, { table: "trouble_events", fresh: false }), change);
    while (
      (await gate.query("select from pg_locks where relation = 'trouble_gate'::regclass and not granted")).length < 1
    );
    return holder;
  }

  async end(): Promise<void> {
    await this.#work;
    await this.#store.close();
  }
}

/** Asks until another session has such a lock on the table, or waits for one. */
async function untilSome(store: Store, locks: string): Promise<void> {
  const sql = `select from pg_locks where relation = 'trouble_events'::regclass and ${locks}`;
  while ((await store.query(sql)).length === 0);
}
