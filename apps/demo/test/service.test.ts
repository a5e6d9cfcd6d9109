import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { checkAirports } from "../src/airport-check.ts";
import type { EventRow } from "../src/events.ts";
import { Service, type ServiceOptions } from "../src/service.ts";
import { turn, until } from "./gate.ts";
import { databaseError, MemoryStore } from "./memory-store.ts";

let folder: string;
let store: MemoryStore;
let service: Service;

async function start(options: Partial<ServiceOptions> = {}): Promise<void> {
  service = new Service(store, { folder, table: "events", fresh: false, windowMs: 0, ...options });
  await service.start();
}

function flight(id: string, origin: string, delay = 1): EventRow {
  const payload = JSON.stringify({ origin, delay });
  return { id, receivedAt: "2026-01-01T00:00:00Z", type: null, occurredAt: null, payload, bytes: payload.length };
}

function deliver(...rows: EventRow[]): Promise<unknown> {
  return Promise.all(rows.map((row) => service.dispatcher.deliver(row)));
}

function wrong(): Promise<readonly string[]> {
  return checkAirports(store.airports, service.files, service.maxAirports).then((finding) => finding.wrong);
}

const fixture = (name: string): URL => new URL(`fixtures/${name}`, import.meta.url);

beforeEach(async () => {
  vi.spyOn(console, "error").mockReturnValue();
  folder = await mkdtemp(join(tmpdir(), "disp-service-"));
  store = new MemoryStore();
});
afterEach(async () => {
  await service.stop();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

describe("rows of airports", () => {
  it("are saved once per window, however many statements had events for them", async () => {
    await start({ windowMs: 60_000 });
    for (let n = 0; n < 20; n++) await deliver(flight(`a${n}`, "LAX"), flight(`b${n}`, "SFO"));
    await service.aggregates.stop({ timeoutMs: 10_000 });
    const { runs, saves } = service.aggregates.stats();
    expect([runs, saves]).toEqual([store.statements.length * 2, 2]);
    expect(store.airports.saved.get("LAX")).toMatchObject({ flights: 20, delayMinutes: 20 });
  });

  it("count an event once that is sent again and again", async () => {
    await start();
    for (let n = 0; n < 3; n++) await deliver(flight("a", "LAX", 5), flight("a", "LAX", 5));
    await service.settle();
    expect(store.airports.saved.get("LAX")).toMatchObject({ flights: 1, delayMinutes: 5 });
    expect(await wrong()).toEqual([]);
  });

  it("are right when commits go through whose answers get lost", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    await start();
    let losses = 4;
    store.after = () => {
      if (losses-- > 0) throw databaseError("08006", "connection failure");
    };
    await deliver(...Array.from({ length: 50 }, (_, n) => flight(`${n}`, n % 2 === 0 ? "LAX" : "SFO", n)));
    await service.settle();
    expect(service.aggregates.stats().airports).toBe(2);
    expect(await wrong()).toEqual([]);
  });

  it("are right when saves fail, and while others come", async () => {
    await start();
    let saves = 0;
    store.airports.beforeSave = () => {
      if (++saves % 3 === 0) throw databaseError("57P03", "the database system is shutting down");
    };
    for (let n = 0; n < 40; n++) await deliver(flight(`a${n}`, "LAX"), flight(`b${n}`, `S${n % 5}`));
    await service.settle();
    expect(service.aggregates.stats().failedRuns).toBeGreaterThan(0);
    expect(await wrong()).toEqual([]);
    expect(store.rows.size).toBe(80);
  });

  it("are added up by two gateways on one table", async () => {
    await start();
    const other = new Service(store, { folder: join(folder, "other"), table: "events", fresh: false, windowMs: 0 });
    await other.start();
    const rows = Array.from({ length: 60 }, (_, n) => flight(`${n}`, "LAX", n));
    await Promise.all(rows.map((row, n) => (n % 2 === 0 ? service : other).dispatcher.deliver(row)));
    await Promise.all([service.aggregates.settled(), other.aggregates.settled()]);
    await other.stop();
    expect(store.airports.saved.get("LAX")).toMatchObject({ flights: 60 });
  });

  it("get at the start what a crash has left out", async () => {
    for (let n = 0; n < 5; n++) await store.insert([flight(`${n}`, "LAX", 2)]);
    await start();
    await until(() => store.airports.saved.get("LAX")?.flights === 5);
    await deliver(flight("5", "LAX", 2));
    await service.settle();
    expect(store.airports.saved.get("LAX")).toMatchObject({ flights: 6, delayMinutes: 12 });
    expect(await wrong()).toEqual([]);
  });

  it("get what a save that failed has left out, though no event comes after it", async () => {
    await start({ sweepMs: 10 });
    let failures = 3;
    store.airports.beforeSave = () => {
      if (failures-- > 0) throw databaseError("57P03", "the database system is shutting down");
    };
    await deliver(flight("a", "LAX"));
    await until(() => store.airports.saved.get("LAX")?.flights === 1);
    expect(service.aggregates.stats()).toMatchObject({ failedRuns: 3, saves: 1 });
    expect(console.error).toHaveBeenCalledTimes(1);
  });

  it("get what another gateway has stored that is no more", async () => {
    await start({ sweepMs: 10 });
    await deliver(flight("a", "LAX"));
    await store.insert([flight("b", "LAX"), flight("c", "SFO")]);
    await until(() => store.airports.saved.get("LAX")?.flights === 2 && store.airports.saved.has("SFO"));
    await service.settle();
    expect(await wrong()).toEqual([]);
  });

  it("are kept for a limited number of airports; the events of the others are stored all the same", async () => {
    await start({ maxAirports: 3 });
    await deliver(...Array.from({ length: 10 }, (_, n) => flight(`${n}`, `A${n}`)));
    await service.settle();
    expect(service.aggregates.stats()).toMatchObject({ airports: 3, ignored: 7 });
    expect([store.airports.saved.size, store.rows.size]).toEqual([3, 10]);
    expect(await wrong()).toEqual([]);
  });

  it("are no more than that when several gateways make them, and are completed once there is room", async () => {
    await start({ maxAirports: 3 });
    const options = { folder: join(folder, "other"), table: "events", fresh: false, windowMs: 0, maxAirports: 3 };
    const other = new Service(store, options);
    await deliver(flight("a", "A"), flight("b", "B"), flight("c", "C"));
    await service.settle();
    // It looks at the outbox, and so at the rows, before it is started.
    await other.dispatcher.deliver(flight("d", "D"));
    await other.aggregates.settled();
    await until(() => other.aggregates.stats().ignored === 1);
    expect([...store.airports.saved.keys()].sort()).toEqual(["A", "B", "C"]);
    await other.stop();
    await service.stop();
    await start({ maxAirports: 4 });
    await deliver(flight("e", "D"));
    await service.settle();
    expect(store.airports.saved.get("D")).toMatchObject({ flights: 2 });
    expect(await wrong()).toEqual([]);
  });
});

describe("reports", () => {
  it("come from a thread, with an archive of all events, more than one page long", async () => {
    await start();
    await deliver(...Array.from({ length: 20 }, (_, n) => flight(`id-${n}`, "LAX", n)));
    await service.settle();
    const report = await service.reports.read("LAX");
    expect(report).toMatchObject({ airport: "LAX", events: 20, flights: 20, delayMinutes: 190, delayed: 19 });
    const text = gunzipSync(await readFile(join(folder, report?.archive ?? ""))).toString();
    expect(text.match(/"id":"id-\d+"/g)).toHaveLength(20);
    expect(await wrong()).toEqual([]);
  });

  it("are built once per hold, and after it once more for what came meanwhile", async () => {
    await start({ holdMs: 1_000 });
    for (let n = 0; n < 30; n++) await deliver(flight(`${n}`, "LAX"));
    await service.aggregates.settled();
    while ((await service.reports.read("LAX"))?.events !== 30) await turn();
    const { built, requested } = service.reports.stats();
    expect(built).toBeLessThan(requested);
    expect(await wrong()).toEqual([]);
  });

  it("are built at the start when they are missing, and not when they say what the row says", async () => {
    await start();
    await deliver(flight("a", "LAX"), flight("b", "SFO"));
    await service.settle();
    await service.stop();
    await rm(join(folder, "reports/events/SFO.json"));
    await start();
    await until(() => service.reports.stats().built === 1);
    expect(service.reports.stats().requested).toBe(1);
    expect(await wrong()).toEqual([]);
  });

  it("are built less often where an airport has many events", async () => {
    await start();
    await deliver(flight("a", "LAX"), flight("b", "SFO"));
    await service.settle();
    await service.stop();
    // As if there were many in it: it is built anew, and that is a thousand times as much.
    const file = join(folder, "reports/events/LAX.json");
    const report = JSON.parse(await readFile(file, "utf8")) as object;
    await writeFile(file, JSON.stringify({ ...report, flights: 20_000_000, events: 20_000_000 }));
    await start({ holdMs: 100 });
    await until(() => service.reports.stats().built === 1);
    const eventsOf = async (airport: string): Promise<number | undefined> =>
      (await service.reports.read(airport))?.events;
    for (const n of [2, 3, 4]) {
      await deliver(flight(`LAX-${n}`, "LAX"), flight(`SFO-${n}`, "SFO"));
      while ((await eventsOf("SFO")) !== n) await turn();
    }
    expect(await eventsOf("LAX")).toBe(1);
  });

  it("are tried again when their thread dies", async () => {
    await start({ threadFile: fixture("crash-once-thread.mjs") });
    await deliver(flight("a", "LAX"), flight("b", "SFO"));
    expect((await service.settle()).size).toBe(0);
    expect(service.reports.stats()).toMatchObject({ failed: 0, retries: 2 });
    expect(await wrong()).toEqual([]);
  });

  it("are given up, and said to be so, when every thread dies; events go on to be stored", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    await start({ threadFile: fixture("dying-thread.mjs") });
    await deliver(flight("a", "LAX"));
    const failed = await service.settle();
    expect([...failed.keys()]).toEqual(["LAX"]);
    expect(String(failed.get("LAX"))).toContain("exited with code 3");
    expect(console.error).toHaveBeenCalledWith('The report of airport "LAX" could not be built:', expect.anything());
    await deliver(flight("b", "LAX"));
    await service.aggregates.settled();
    expect(await service.airport("LAX")).toMatchObject({ flights: 2, report: null });
  });

  it("fail with what the database says, and not with what the thread makes of it", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    await start();
    store.airports.beforePage = () => {
      throw databaseError("57P03", "the database system is starting up");
    };
    await deliver(flight("a", "LAX"));
    const failed = await service.settle();
    expect(failed.get("LAX")).toMatchObject({ code: "57P03" });
  });
});

describe("the check", () => {
  it("finds a row, a report, an archive that are not as they should be", async () => {
    await start();
    await deliver(flight("a", "A1"), flight("b", "B1"), flight("c", "C1"));
    await service.settle();
    expect(await wrong()).toEqual([]);
    store.rows.set("d", flight("d", "A1"));
    store.rows.set("b", flight("b", "B1", 2));
    store.rows.delete("c");
    store.rows.set("e", flight("e", "C1"));
    const found = (await wrong()).join("\n");
    expect(found).toMatch(/"A1": row .*"flights":1.* events .*"flights":2/);
    expect(found).toMatch(/"B1": report .*"delayMinutes":1.* events .*"delayMinutes":2/);
    expect(found).toContain('"C1": archive has 1 events, not the 1 of the database');
  });
});

describe("stopping", () => {
  it("leaves to the next gateway what cannot be saved any more", async () => {
    await start({ windowMs: 600_000, settleMs: 50 });
    store.airports.beforeLoad = () => new Promise(() => undefined);
    await deliver(flight("a", "LAX"));
    await service.stop();
    expect(console.error).toHaveBeenCalledWith(expect.stringContaining("the next gateway finds them in the outbox"));
    store.airports.beforeLoad = () => undefined;
    await start();
    await until(() => store.airports.saved.get("LAX")?.flights === 1);
  });

  it("saves the rows that wait for company", async () => {
    await start({ windowMs: 600_000 });
    await deliver(flight("a", "LAX"));
    await service.stop();
    expect(store.airports.saved.get("LAX")).toMatchObject({ flights: 1 });
  });

  it("does not wait for a thread that hangs", async () => {
    await start({ threadFile: fixture("hung-thread.mjs"), settleMs: 100 });
    await deliver(flight("a", "LAX"));
    await until(() => service.archiver.stats().running === 1 && service.archiver.stats().workers === 1);
    expect(await service.stop()).toMatchObject({ delivered: 1 });
    await until(() => service.archiver.stats().running === 0);
  });

  it("does not wait for a database that does not answer", async () => {
    await start({ settleMs: 50 });
    store.airports.beforeLoad = () => new Promise(() => undefined);
    store.airports.beforePage = () => new Promise(() => undefined);
    await deliver(flight("a", "LAX"));
    service.reports.request("LAX");
    expect(await service.stop()).toMatchObject({ delivered: 1 });
  });
});
