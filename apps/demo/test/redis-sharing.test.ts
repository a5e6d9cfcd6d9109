import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Redis } from "ioredis";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { describeWithOwnRedis, describeWithRedis, redisUrl, uniqueName } from "../../../tooling/with-redis.ts";
import { type RedisServer, startRedis } from "../../../tooling/redis-server.ts";
import { checkAirports } from "../src/airport-check.ts";
import type { EventRow } from "../src/events.ts";
import { shareThroughRedis } from "../src/redis-sharing.ts";
import { Service, type ServiceOptions } from "../src/service.ts";
import { turn, until } from "./gate.ts";
import { MemoryStore } from "./memory-store.ts";

let folder: string;
let store: MemoryStore;
let table: string;
const services: Service[] = [];

/** Gateways of one table, in one folder. */
async function start(url: string, options: Partial<ServiceOptions> = {}): Promise<Service> {
  const sharing = shareThroughRedis(url, table);
  const service = new Service(store, { folder, table, fresh: false, windowMs: 0, sweepMs: 20, sharing, ...options });
  services.push(service);
  await service.start();
  return service;
}

function flight(id: string, origin: string, delay = 1): EventRow {
  const payload = JSON.stringify({ origin, delay });
  return { id, receivedAt: "2026-01-01T00:00:00Z", type: null, occurredAt: null, payload, bytes: payload.length };
}

function deliver(service: Service, ...rows: EventRow[]): Promise<unknown> {
  return Promise.all(rows.map((row) => service.dispatcher.deliver(row)));
}

function flightsOf(airport: string): number {
  return store.airports.saved.get(airport)?.flights ?? 0;
}

beforeEach(async () => {
  vi.spyOn(console, "error").mockReturnValue();
  folder = await mkdtemp(join(tmpdir(), "disp-sharing-"));
  store = new MemoryStore();
  table = uniqueName();
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.stop()));
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

describeWithRedis("two gateways with one Redis", () => {
  it("keep to one limit, and save rows under a lock whose token goes up", { timeout: 0 }, async () => {
    const [one, two] = [await start(redisUrl), await start(redisUrl)];
    const client = new Redis(redisUrl);
    const tokens: number[] = [];
    const limits = new Set<string>();
    // A limit that is not used for a second is forgotten, and found again at one of the next statements.
    for (let n = 0; n < 6 || limits.size === 0; n++) {
      await deliver(n % 2 === 0 ? one : two, flight(`${n}`, "LAX"));
      for (const key of await client.keys(`disp:limit:*${table}:statements*`)) limits.add(key);
      await until(() => flightsOf("LAX") === n + 1);
      tokens.push(store.airports.saved.get("LAX")?.token ?? 0);
    }
    client.disconnect();
    expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
    expect(tokens[0]).toBeGreaterThan(0);
    // A limit that is shared is one key.
    expect(limits.size).toBe(1);
  });

  it("build the report of an airport once per hold, whoever is asked for it", { timeout: 0 }, async () => {
    const airports = Array.from({ length: 20 }, (_, n) => `A${n}`);
    await store.insert(airports.map((name) => flight(name, name)));
    const both = [await start(redisUrl), await start(redisUrl)];
    const built = (): number => both.reduce((sum, each) => sum + each.reports.stats().built, 0);
    const refused = (): number => both.reduce((sum, each) => sum + each.reports.stats().refused.held, 0);
    await until(() => built() === 20 && both.every((each) => each.reports.stats().running === 0));
    const before = refused();
    for (const each of both) for (const name of airports) each.reports.request(name);
    await until(() => refused() - before === 40);
    expect(built()).toBe(20);
    // A new generation frees all of them, for both.
    await both[0]?.settle();
    const wrong = await checkAirports(store.airports, (both[1] as Service).files, 100);
    expect(wrong).toMatchObject({ airports: 20, events: 20, wrong: [] });
  });

  it("build the reports that one of them has forgotten in a crash", { timeout: 0 }, async () => {
    const survivor = await start(redisUrl, { holdMs: 100 });
    // As if another one had stored it and saved its row, and was killed then.
    await store.insert([flight("a", "LAX")]);
    await store.airports.save("LAX");
    while ((await survivor.reports.read("LAX"))?.events !== 1) await turn();
  });

  it("add up what both store at the same time", { timeout: 0 }, async () => {
    const both = [await start(redisUrl), await start(redisUrl)];
    const rows = Array.from({ length: 300 }, (_, n) => flight(`${n}`, `A${n % 3}`, n));
    await Promise.all(rows.map((row, n) => (both[n % 2] as Service).dispatcher.deliver(row)));
    await Promise.all(both.map((each) => each.aggregates.settled()));
    expect(["A0", "A1", "A2"].map(flightsOf)).toEqual([100, 100, 100]);
  });
});

describeWithOwnRedis("when Redis is away", () => {
  let server: RedisServer;
  beforeEach(async () => {
    server = await startRedis();
  }, 60_000);
  afterEach(() => server.stop());

  it("events are stored all the same; rows and reports come when it is back", { timeout: 0 }, async () => {
    const service = await start(server.url, { holdMs: 100 });
    await deliver(service, flight("a", "LAX"));
    await until(() => flightsOf("LAX") === 1);
    await server.kill();
    // More than a share of the limit lets through at once: those behind wait, and are not lost.
    for (let n = 0; n < 20; n++) await deliver(service, flight(`away-${n}`, n % 2 === 0 ? "LAX" : "SFO"));
    expect(store.rows.size).toBe(21);
    // A save that found no lock has failed; nothing got into the rows.
    await until(() => service.aggregates.stats().failedRuns > 0);
    expect([flightsOf("LAX"), flightsOf("SFO")]).toEqual([1, 0]);
    await server.start();
    await until(() => flightsOf("LAX") === 11 && flightsOf("SFO") === 10);
    while ((await service.reports.read("SFO"))?.events !== 10) await turn();
    while ((await service.reports.read("LAX"))?.events !== 11) await turn();
    const said = vi.mocked(console.error).mock.calls.map(([text]) => String(text));
    expect(said.filter((text) => text.startsWith("Redis is away"))).toHaveLength(1);
    expect(said).toContain("Redis is back.");
  });

  it("a gateway starts, takes events, and stops", { timeout: 0 }, async () => {
    await server.kill();
    const service = await start(server.url, { settleMs: 50 });
    await deliver(service, flight("a", "LAX"));
    expect(await service.stop()).toMatchObject({ delivered: 1 });
    expect(store.airports.shares.size).toBe(1);
  });

  describe("for a while, and frozen", () => {
    it("events are stored all the same", { timeout: 0 }, async () => {
      const service = await start(server.url);
      await deliver(service, flight("a", "LAX"));
      await until(() => flightsOf("LAX") === 1);
      server.signal("SIGSTOP");
      await deliver(service, flight("b", "LAX"));
      expect(store.rows.size).toBe(2);
      server.signal("SIGCONT");
      await until(() => flightsOf("LAX") === 2);
    });
  });
});
