import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { GatewayLimits } from "../src/gateway.ts";
import { GATEWAY_LIMITS } from "../src/gateway.ts";
import { Service } from "../src/service.ts";
import { Gate, turn, until } from "./gate.ts";
import { call, JSON_TYPE, NDJSON, openPost, post, replyTo } from "./http-client.ts";
import { databaseError, MemoryStore, refusing } from "./memory-store.ts";

let store: MemoryStore;
let service: Service;
let url: string;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "disp-gateway-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(limits: Partial<GatewayLimits> = {}, drainMs = 10_000): Promise<void> {
  service = new Service(store, { folder, table: "events", fresh: false, windowMs: 0, limits, drainMs });
  await service.start();
  url = await service.gateway.listen(0, "127.0.0.1");
}

beforeEach(() => {
  store = new MemoryStore();
});

afterEach(async () => {
  await service.stop();
});

const stored = (): string[] => [...store.rows.keys()].sort();
const lines = (...events: unknown[]): string => events.map((event) => `${JSON.stringify(event)}\n`).join("");

describe("POST /events", () => {
  it("answers 202 once the events of NDJSON are stored", async () => {
    await start();
    const reply = await post(url, NDJSON, '{"id":"a"}\n\n{"id":"b","type":"sale"}\r\n{"id":"c"}');
    expect(reply).toMatchObject({ status: 202, body: { accepted: 3, stored: 3 } });
    expect(reply.headers["content-type"]).toBe("application/json; charset=utf-8");
    expect(stored()).toEqual(["a", "b", "c"]);
  });

  it("takes an array of JSON, and a single object", async () => {
    await start();
    expect(await post(url, JSON_TYPE, '[{"id":"a"},{"id":"b"}]')).toMatchObject({ status: 202, body: { stored: 2 } });
    expect(await post(url, "application/json; charset=UTF-8", '{"id":"c"}')).toMatchObject({ body: { stored: 1 } });
    expect(stored()).toEqual(["a", "b", "c"]);
  });

  it("takes a body without events", async () => {
    await start();
    expect(await post(url, NDJSON, "")).toMatchObject({ status: 202, body: { accepted: 0, stored: 0 } });
    expect(await post(url, JSON_TYPE, "[]")).toMatchObject({ status: 202, body: { accepted: 0, stored: 0 } });
  });

  it("does not answer before the events are stored", async () => {
    await start();
    const gate = new Gate();
    store.before = gate.pass;
    const reply = post(url, NDJSON, '{"id":"a"}');
    let isAnswered = false;
    void reply.then(() => (isAnswered = true));
    await until(() => store.statements.length === 1);
    for (let i = 0; i < 50; i++) await turn();
    expect(isAnswered).toBe(false);
    gate.open();
    expect((await reply).status).toBe(202);
  });

  it("works on a body while it arrives", async () => {
    await start();
    const client = openPost(url, NDJSON);
    const reply = replyTo(client);
    client.write('{"id":"a"}\n{"id":"b');
    await until(() => store.rows.has("a"));
    client.end('"}');
    expect(await reply).toMatchObject({ status: 202, body: { stored: 2 } });
  });

  it("stores an event with an id once, however often it is sent", async () => {
    await start();
    const body = lines({ id: "a", v: 1 }, { id: "b" });
    await post(url, NDJSON, body);
    expect(await post(url, NDJSON, body)).toMatchObject({ status: 202, body: { accepted: 2, stored: 2 } });
    expect(stored()).toEqual(["a", "b"]);
  });

  it("answers requests on one connection one after another", async () => {
    await start();
    const send = async (body: string): Promise<number> =>
      (await fetch(`${url}/events`, { method: "POST", headers: { "Content-Type": NDJSON }, body })).status;
    expect([await send("{}"), await send("oops"), await send("{}")]).toEqual([202, 400, 202]);
    expect(store.rows.size).toBe(2);
  });
});

describe("bad input", () => {
  it.each([
    ["malformed JSON", NDJSON, '{"id":"a"}\n{"id":\n{"id":"c"}\n', { code: "invalid_json", line: 2 }],
    ["malformed JSON in an array", JSON_TYPE, '[{"id":"a"},{"id":}]', { code: "invalid_json", item: 2 }],
    ["an array that is cut off", JSON_TYPE, '[{"id":"a"},{"id"', { code: "unfinished_body", item: 2 }],
    ["a line that is no object", NDJSON, '{"id":"a"}\n[1]\n', { code: "not_an_object", line: 2 }],
    ["a wrong field", NDJSON, '{"id":"a"}\n{"id":[]}\n', { code: "bad_field", line: 2 }],
    ["a missing field", NDJSON, '{"id":"a"}\n\n{"ID":"b"}\n', { code: "missing_field", line: 3 }],
    ["too deep a nesting", NDJSON, `{"id":"a"}\n{"id":${"[".repeat(65)}\n`, { code: "too_deep", line: 2 }],
  ])("names the place of %s, and says what was stored", async (_, type, body, error) => {
    await start({ rules: { ...GATEWAY_LIMITS.rules, required: ["id"] } });
    const reply = await post(url, type, body);
    const unit = type === NDJSON ? "line" : "item";
    expect(reply).toMatchObject({
      status: 400,
      body: { accepted: 1, stored: 1, error, [`stored_${unit}s`]: [[1, 1]], not_stored: [] },
    });
    expect(stored()).toEqual(["a"]);
  });

  it("names the place of text that is not UTF-8", async () => {
    await start();
    const body = Buffer.concat([Buffer.from('{"id":"a"}\n{"b":"'), Buffer.from([0xff]), Buffer.from('"}\n')]);
    expect(await post(url, NDJSON, body)).toMatchObject({
      status: 400,
      body: { error: { code: "invalid_utf8", line: 2 } },
    });
  });

  it("says that a JSON body is empty", async () => {
    await start();
    expect(await post(url, JSON_TYPE, "")).toMatchObject({ status: 400, body: { error: { code: "invalid_json" } } });
  });

  it.each([
    ["event_too_large", { maxEventBytes: 20 }, '{"id":"a"}\n{"id":"b","text":"long"}\n'],
    ["too_many_events", { maxEvents: 1 }, '{"id":"a"}\n{"id":"b"}\n'],
  ])("answers 413 with %s, and keeps what came before", async (code, limits, body) => {
    await start(limits);
    expect(await post(url, NDJSON, body)).toMatchObject({
      status: 413,
      body: { stored: 1, error: { code, line: 2 }, stored_lines: [[1, 1]] },
    });
    expect(stored()).toEqual(["a"]);
  });

  it("answers 413 to a body that is too large: at once when it says so, else when it gets there", async () => {
    await start({ body: { maxBytes: 30, idleMs: 30_000 } });
    const body = lines({ id: "a" }, { id: "b" }, { id: "c" });
    const tooLarge = { status: 413, body: { error: { code: "body_too_large" } } };
    expect(await post(url, NDJSON, body)).toMatchObject(tooLarge);
    expect(stored()).toEqual([]);
    const client = openPost(url, NDJSON);
    const reply = replyTo(client);
    client.write(body.slice(0, 20));
    await until(() => store.rows.has("a"));
    client.end(body.slice(20));
    expect(await reply).toMatchObject({ ...tooLarge, body: { stored: 1, stored_lines: [[1, 1]] } });
  });

  it("gets its answer through to a client that is still sending, and lets the connection go", async () => {
    await start();
    const client = openPost(url, NDJSON);
    const reply = replyTo(client);
    client.write("oops\n");
    expect(await reply).toMatchObject({ status: 400 });
    client.destroy();
  });

  it("answers 408 to a client that sends nothing more", async () => {
    await start({ body: { maxBytes: 1_000, idleMs: 50 } });
    const client = openPost(url, NDJSON);
    const reply = replyTo(client);
    client.write('{"id":"a"}\n{"id":');
    expect(await reply).toMatchObject({ status: 408, body: { stored: 1, error: { code: "body_timeout" } } });
    client.destroy();
  });

  it.each([
    ["GET", "/events", 405],
    ["POST", "/health", 405],
    ["DELETE", "/stats", 405],
    ["GET", "/page/../package.json", 404],
    ["POST", "//events", 404],
    ["GET", "/health?x=1", 200],
  ])("answers %s %s with %i", async (method, path, status) => {
    await start();
    const reply = await call(url, method, path);
    expect(reply.status).toBe(status);
    if (status === 405) expect(reply.headers.allow).toBe(path === "/events" ? "POST" : "GET, HEAD");
  });

  it.each([
    ["no type", {}],
    ["another type", { "Content-Type": "text/plain" }],
    ["another charset", { "Content-Type": `${NDJSON}; charset=latin1` }],
    ["a compressed body", { "Content-Type": NDJSON, "Content-Encoding": "gzip" }],
  ])("answers 415 to %s", async (_, headers) => {
    await start();
    const response = await fetch(`${url}/events`, { method: "POST", headers, body: Buffer.from("{}") });
    expect(response.status).toBe(415);
    expect(await response.json()).toHaveProperty("error.message");
  });

  it("tells a client that asks first to go on, or why not", async () => {
    await start();
    const asking = openPost(url, NDJSON, { Expect: "100-continue" });
    const reply = replyTo(asking);
    asking.flushHeaders();
    await once(asking, "continue");
    asking.end('{"id":"a"}');
    expect(await reply).toMatchObject({ status: 202 });
    const refused = openPost(url, "text/plain", { Expect: "100-continue", "Content-Length": 1_000_000 });
    const refusedReply = replyTo(refused);
    refused.flushHeaders();
    expect(await refusedReply).toMatchObject({ status: 415, headers: { connection: "close" } });
  });

  it("survives what is not HTTP", async () => {
    await start();
    const { port } = new URL(url);
    for (const garbage of [
      "\u0000\u0001\u0002\r\n\r\n",
      "POST /events HTTP/1.1\r\nTransfer-Encoding: chunked\r\nHost: a\r\nContent-Type: application/x-ndjson\r\n\r\nzz\r\n",
    ]) {
      const socket = connect(Number(port), "127.0.0.1");
      socket.end(garbage);
      socket.resume();
      await once(socket, "close");
    }
    expect((await call(url, "GET", "/health")).body).toEqual({ status: "ok" });
  });

  it("stores the whole lines of a client that goes away in the middle", async () => {
    await start();
    const client = openPost(url, NDJSON);
    client.on("error", () => undefined);
    client.write('{"id":"a"}\n{"id":"b');
    await until(() => store.rows.has("a"));
    client.destroy();
    await until(() => service.gateway.counters.disconnected === 1);
    expect((await call(url, "GET", "/health")).status).toBe(200);
    expect(stored()).toEqual(["a"]);
  });
});

describe("a database in trouble", () => {
  it("isolates rows that the database refuses, and names each of them", async () => {
    await start();
    store.before = refusing(({ id }) => id === "13" || id === "77");
    const events = Array.from({ length: 100 }, (_, index) => ({ id: String(index + 1) }));
    const message = "unsupported Unicode escape sequence";
    expect(await post(url, NDJSON, lines(...events))).toMatchObject({
      status: 422,
      body: {
        accepted: 100,
        stored: 98,
        error: { code: "rows_refused", message: "2 of 100 events were refused by the database" },
        stored_lines: [
          [1, 12],
          [14, 76],
          [78, 100],
        ],
        not_stored: [
          { line: 13, code: "22P05", message },
          { line: 77, code: "22P05", message },
        ],
      },
    });
    expect(store.rows.size).toBe(98);
    expect(store.statements.length).toBeLessThan(40);
  });

  it("tries again after a transient error, and loses nothing", async () => {
    await start();
    let failures = 3;
    store.before = () => {
      if (failures-- > 0) throw databaseError("57P03", "the database system is starting up");
    };
    expect(await post(url, NDJSON, lines({ id: "a" }, { id: "b" }))).toMatchObject({
      status: 202,
      body: { stored: 2 },
    });
    expect(stored()).toEqual(["a", "b"]);
    expect(service.dispatcher.stats().retries).toBe(3);
  });

  it("stores each row once when the commit went through and its answer got lost", async () => {
    await start();
    let losses = 4;
    store.after = () => {
      if (losses-- > 0) throw databaseError("08006", "connection failure");
    };
    const events = Array.from({ length: 3_000 }, (_, n) => ({ n }));
    expect(await post(url, NDJSON, lines(...events))).toMatchObject({ status: 202, body: { stored: 3_000 } });
    expect(service.dispatcher.stats().retries).toBe(4);
    expect(
      [...store.rows.values()].map(({ payload }) => (JSON.parse(payload) as { n: number }).n).sort((a, b) => a - b),
    ).toEqual(events.map(({ n }) => n));
  });

  it("stores every good row once and names every bad one, whatever goes wrong in between", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const mishaps = fc.array(fc.constantFrom("none", "none", "before", "after"), { maxLength: 8 });
    const bad = fc.uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(mishaps, bad, async (script, badLines) => {
        store = new MemoryStore();
        await start();
        const isBad = new Set(badLines);
        const refuse = refusing(({ payload }) => isBad.has((JSON.parse(payload) as { n: number }).n));
        const fail = (moment: string): void => {
          if (script[0] === moment) throw databaseError("40001", `a mishap ${String(script.shift())} the commit`);
        };
        store.before = (rows) => {
          fail("before");
          refuse(rows);
        };
        store.after = () => {
          fail("after");
          script.shift();
        };
        const numbers = Array.from({ length: 60 }, (_, index) => index + 1);
        const { status, body } = await post(url, NDJSON, lines(...numbers.map((n) => ({ n }))));
        const kept = [...store.rows.values()].map(({ payload }) => (JSON.parse(payload) as { n: number }).n);
        expect(kept.sort((a, b) => a - b)).toEqual(numbers.filter((n) => !isBad.has(n)));
        expect(status).toBe(badLines.length === 0 ? 202 : 422);
        const { stored, not_stored: notStored = [] } = body as { stored: number; not_stored?: { line: number }[] };
        expect(stored).toBe(60 - badLines.length);
        expect(notStored.map(({ line }) => line)).toEqual(badLines.sort((a, b) => a - b));
        expect(await service.stop()).toMatchObject({ abandoned: 0, dropped: { rejected: badLines.length } });
      }),
      { numRuns: 60 },
    );
    vi.restoreAllMocks();
  });

  it("answers 503 and says which lines are missing when the database stays away", async () => {
    await start();
    vi.spyOn(Math, "random").mockReturnValue(0);
    store.before = () => {
      throw databaseError("ECONNREFUSED", "connect ECONNREFUSED db.internal:5432");
    };
    const reply = await post(url, NDJSON, lines({ id: "a" }, { id: "b" }));
    vi.restoreAllMocks();
    expect(reply).toMatchObject({
      status: 503,
      headers: { "retry-after": "1" },
      body: {
        accepted: 2,
        stored: 0,
        error: { code: "not_stored" },
        stored_lines: [],
        not_stored: [{ line: 1, code: "retries_exhausted" }, { line: 2 }],
      },
    });
    expect(JSON.stringify(reply.body)).not.toContain("db.internal");
  });

  it("stops reading a body whose events are all refused", async () => {
    await start({ maxFailures: 10, window: { maxRows: 10, maxBytes: 1_000_000 } });
    store.before = refusing(() => true);
    const reply = await post(url, NDJSON, lines(...Array.from({ length: 1_000 }, (_, n) => ({ n }))));
    expect(reply).toMatchObject({ status: 422, body: { stored: 0 } });
    expect((reply.body as { not_stored: unknown[] }).not_stored.length).toBeLessThan(30);
  });
});

describe("backpressure", () => {
  it("stops reading while its events are not stored, until the client's writes no longer drain", async () => {
    const window = { maxRows: 500, maxBytes: 1_000_000 };
    await start({ window, body: { maxBytes: 1e9, idleMs: 30_000 } });
    const gate = new Gate();
    store.before = gate.pass;
    const client = openPost(url, NDJSON);
    const reply = replyTo(client);
    const megabyte = lines({ text: "x".repeat(1_023 - 11) }).repeat(1_024);
    const drains = vi.fn();
    client.on("drain", drains);
    let written = 0;
    // Fills the pipe: the buffers of both sockets, and then nothing moves.
    for (let calm = 0; calm < 100; calm++) {
      if (client.writableNeedDrain) {
        await turn();
      } else {
        client.write(megabyte);
        written++;
        calm = 0;
      }
    }
    expect(service.gateway.counters.waiting).toBe(1);
    expect(service.gateway.counters.accepted).toBe(500);
    expect(written).toBeLessThan(64);
    drains.mockClear();
    for (let i = 0; i < 200; i++) await turn();
    expect(drains).not.toHaveBeenCalled();
    gate.open();
    client.end();
    expect(await reply).toMatchObject({ status: 202, body: { stored: written * 1_024 } });
    expect(service.gateway.counters.waiting).toBe(0);
  });

  it("does not let one slow request hold up the memory of another", async () => {
    await start({ window: { maxRows: 10, maxBytes: 1_000_000 } });
    const gate = new Gate();
    store.before = (rows) => (rows.length > 1 ? gate.pass() : undefined);
    const large = post(url, NDJSON, lines(...Array.from({ length: 60 }, (_, n) => ({ n }))));
    await until(() => service.gateway.counters.waiting === 1 && store.statements.length === 1);
    expect(await post(url, NDJSON, "{}")).toMatchObject({ status: 202 });
    expect(service.dispatcher.stats().accepted).toBe(11);
    gate.open();
    expect(await large).toMatchObject({ status: 202, body: { stored: 60 } });
  });
});

describe("GET /stats", () => {
  it("shows what the door and the dispatcher have done", async () => {
    await start();
    await post(url, NDJSON, "{}\n{}\n");
    await post(url, NDJSON, "oops");
    expect(await call(url, "GET", "/stats")).toMatchObject({
      status: 200,
      body: {
        gateway: { requests: 2, accepted: 2, stored: 2, notStored: 0, errors: { invalid_json: 1 }, bytes: 10 },
        dispatcher: { state: "open", accepted: 2, delivered: 2 },
      },
    });
  });
});

describe("GET /airports/<code>", () => {
  it("shows what the events of an airport add up to, and the report once it is built", async () => {
    await start();
    const from = (id: string, delay: number, day: number): object => ({
      id,
      origin: "LAX",
      delay,
      occurred_at: `2001-01-0${day}T00:00:00Z`,
    });
    await post(url, NDJSON, lines(from("a", 5, 2), from("b", -1, 1), { origin: "SFO" }, { origin: 7 }));
    await post(url, NDJSON, lines(from("a", 5, 2)));
    await service.settle();
    const figures = { flights: 2, delayMinutes: 4, delayed: 1, lastEvent: "2001-01-02T00:00:00.000Z" };
    expect(await call(url, "GET", "/airports/LAX")).toMatchObject({
      status: 200,
      body: { airport: "LAX", ...figures, report: { ...figures, events: 2, archive: "archive/events/LAX.ndjson.gz" } },
    });
    expect(await call(url, "GET", "/airports/SFO")).toMatchObject({ body: { flights: 1, lastEvent: null } });
    expect(await call(url, "GET", "/stats")).toMatchObject({
      body: { airports: { airports: 2, failedRuns: 0 }, reports: { state: "open" }, threads: { failed: 0 } },
    });
  });

  it.each(["../../etc/passwd", "..", "a/b\\c", "NUL", "lax", "\u0001\n", "😀".repeat(64), "__proto__", "%2e%2e"])(
    "keeps an airport called %j apart, in files of its own",
    async (origin) => {
      await start();
      const before = await readdir(folder);
      expect(await post(url, NDJSON, lines({ origin }, { origin: "LAX" }))).toMatchObject({ status: 202 });
      expect((await service.settle()).size).toBe(0);
      const found = await service.airport(origin);
      expect(found).toMatchObject({ airport: origin, flights: 1 });
      // Two dots are a step up in any URL, however they are written: no client can ask for them.
      if (origin !== "..")
        expect((await call(url, "GET", `/airports/${encodeURIComponent(origin)}`)).body).toEqual(found);
      expect(found?.report?.archive).toMatch(/^archive\/events\/other-[0-9a-f]{64}\.ndjson\.gz$/);
      expect(await readdir(folder)).toEqual(before);
    },
  );

  it.each(["/airports/XXX", "/airports/", "/airports/%", "/airports/%00", `/airports/${"x".repeat(65)}`])(
    "answers 404 to %s",
    async (path) => {
      await start();
      expect(await call(url, "GET", path)).toMatchObject({ status: 404, body: { error: { code: "unknown_airport" } } });
    },
  );

  it("answers 503 when the database cannot be asked, and 405 to anything but GET", async () => {
    await start();
    vi.spyOn(console, "error").mockReturnValue();
    store.airports.beforeLoad = () => {
      throw databaseError("57P03", "the database system is starting up");
    };
    expect(await call(url, "GET", "/airports/LAX")).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    expect(await call(url, "POST", "/airports/LAX")).toMatchObject({ status: 405 });
    vi.restoreAllMocks();
  });

  it("answers 202 for events that are stored, though their airport could not be saved", async () => {
    await start();
    vi.spyOn(console, "error").mockReturnValue();
    let failures = 3;
    store.airports.beforeSave = () => {
      if (failures-- > 0) throw databaseError("57P03", "the database system is starting up");
    };
    expect(await post(url, NDJSON, lines({ origin: "LAX" }, { origin: "LAX" }))).toMatchObject({
      status: 202,
      body: { stored: 2 },
    });
    await service.settle();
    expect(await call(url, "GET", "/airports/LAX")).toMatchObject({ status: 200, body: { flights: 2 } });
    vi.restoreAllMocks();
  });
});

describe("starting", () => {
  it("says that the port is taken, and can be stopped all the same", async () => {
    await start();
    const second = new Service(new MemoryStore(), { folder, table: "events", fresh: false });
    await expect(second.gateway.listen(Number(new URL(url).port), "127.0.0.1")).rejects.toThrow("EADDRINUSE");
    expect(await second.stop()).toMatchObject({ accepted: 0 });
  });
});

describe("stopping", () => {
  it("stores what it has taken, says so to those who are still sending, and takes nothing more", async () => {
    await start();
    const gate = new Gate();
    store.before = gate.pass;
    const client = openPost(url, NDJSON);
    const reply = replyTo(client);
    client.write('{"id":"a"}\n{"id":"b"}\n{"id":"c');
    await until(() => store.statements.length === 1);
    const summary = service.stop();
    gate.open();
    expect(await reply).toMatchObject({
      status: 503,
      headers: { "retry-after": "1" },
      body: { accepted: 2, stored: 2, error: { code: "draining" }, stored_lines: [[1, 2]], not_stored: [] },
    });
    client.destroy();
    expect(await summary).toMatchObject({ accepted: 2, delivered: 2, abandoned: 0 });
    await expect(post(url, NDJSON, "{}")).rejects.toThrow();
  });

  it("gives up at its deadline, and tells the clients as well as the operator", async () => {
    await start({}, 50);
    store.before = new Gate().pass;
    const reply = post(url, NDJSON, '{"id":"a"}\n{"id":"b"}\n');
    await until(() => store.statements.length === 1);
    expect(await service.stop()).toMatchObject({ accepted: 2, delivered: 0, abandoned: 2 });
    expect(await reply).toMatchObject({ status: 503, body: { stored: 0, not_stored: [{ line: 1 }, { line: 2 }] } });
  });

  it("answers 503 to a request that comes too late on a connection that was open", async () => {
    await start();
    const socket = connect(Number(new URL(url).port), "127.0.0.1");
    let text = "";
    socket.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    // Connections are accepted in order: behind this one's answer, the first has been accepted, too.
    await call(url, "GET", "/health");
    const summary = service.stop();
    socket.write(`POST /events HTTP/1.1\r\nHost: a\r\nContent-Type: ${NDJSON}\r\nContent-Length: 2\r\n\r\n{}`);
    await once(socket, "close");
    await summary;
    expect(text).toMatch(/^HTTP\/1.1 503 /);
    expect(text).toContain("Connection: close");
    expect(text).toContain("Retry-After: 1");
    expect(store.rows.size).toBe(0);
  });
});
