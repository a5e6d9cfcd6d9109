import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { type ClientRequest, type IncomingMessage, type OutgoingHttpHeaders, request } from "node:http";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { MAX_READERS } from "../src/live/dashboard.ts";
import type { Snapshot } from "../src/live/snapshot.ts";
import { Service } from "../src/service.ts";
import { Gate, until } from "./gate.ts";
import { call, JSON_TYPE, NDJSON, post, type Reply, replyTo } from "./http-client.ts";
import { databaseError, MemoryStore, refusing } from "./memory-store.ts";

let folder: string;
let store: MemoryStore;
let service: Service;
let url: string;
const open: ClientRequest[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "disp-dashboard-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

beforeEach(async () => {
  store = new MemoryStore();
  service = new Service(store, { folder, table: "events", fresh: false, windowMs: 0 });
  await service.start();
  url = await service.gateway.listen(0, "127.0.0.1");
});
afterEach(async () => {
  for (const client of open.splice(0)) client.destroy();
  await service.stop();
});

interface Ask {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

function ask(path: string, { method = "GET", headers = {}, body = "" }: Ask = {}): ClientRequest {
  const client = request(`${url}${path}`, { method, agent: false, headers });
  client.on("error", () => undefined);
  open.push(client);
  client.end(body);
  return client;
}

function order(body: unknown, headers: OutgoingHttpHeaders = {}): Promise<Reply> {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return replyTo(ask("/controls", { method: "POST", headers: { "Content-Type": JSON_TYPE, ...headers }, body: text }));
}

/** A page that looks, as a browser would. */
class Look {
  readonly response: IncomingMessage;
  readonly snapshots: Snapshot[] = [];
  text = "";

  private constructor(response: IncomingMessage) {
    this.response = response;
    response.on("error", () => undefined);
    response.setEncoding("utf8").on("data", (text: string) => {
      this.text += text;
      const parts = this.text.split("\n\n");
      this.snapshots.length = 0;
      for (const part of parts.slice(0, -1)) this.snapshots.push(JSON.parse(part.replace(/^data: /, "")) as Snapshot);
    });
  }

  static async begin(): Promise<Look> {
    const [response] = (await once(ask("/live"), "response")) as [IncomingMessage];
    return new Look(response);
  }

  get last(): Snapshot | undefined {
    return this.snapshots.at(-1);
  }

  /** Resolves with the first snapshot, from now on, that is so. */
  async sees(isSo: (snapshot: Snapshot) => boolean): Promise<Snapshot> {
    while (this.last === undefined || !isSo(this.last)) await once(this.response, "data");
    return this.last;
  }
}

describe("the page", () => {
  it("is served with all its files, and they may load nothing from elsewhere", async () => {
    const client = ask("/");
    const [response] = (await once(client, "response")) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
    const html = Buffer.concat(chunks).toString();
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "cross-origin-resource-policy": "same-origin",
    });
    expect(response.headers["content-security-policy"]).toMatch(/^default-src 'self';.*frame-ancestors 'none'/);
    expect(html).not.toMatch(/<script(?![^>]*\bsrc="\/page\/)|<style|\sstyle=|\son\w+=|https?:/);
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path);
    expect(files).toContain("/page/main.js");
  });

  it("serves each file of the folder, and each script that another one asks for", async () => {
    const files = await readdir(new URL("../page/", import.meta.url));
    const served = files.filter((name) => /\.(js|css|svg)$/.test(name)).map((name) => `/page/${name}`);
    for (const path of [...served, "/page/uplot.js", "/page/uplot.css"]) {
      const [response] = (await once(ask(path), "response")) as [IncomingMessage];
      expect([path, response.statusCode, response.headers["x-content-type-options"]]).toEqual([path, 200, "nosniff"]);
      response.resume();
    }
  });

  it.each(["/page/", "/page/../package.json", "/page/%2e%2e/package.json", "/page/tsconfig.json", "/page/index.html"])(
    "serves nothing else: %s",
    async (path) => {
      expect(await call(url, "GET", path)).toMatchObject({ status: 404 });
    },
  );

  it("answers HEAD, and refuses other methods", async () => {
    expect(await call(url, "HEAD", "/")).toMatchObject({ status: 200, body: undefined });
    expect(await call(url, "POST", "/")).toMatchObject({ status: 405, headers: { allow: "GET, HEAD" } });
    expect(await call(url, "POST", "/live")).toMatchObject({ status: 405, headers: { allow: "GET" } });
    expect(await call(url, "GET", "/controls")).toMatchObject({ status: 405, headers: { allow: "POST" } });
  });

  it.each(["/", "/page/main.js", "/live"])("is not for another name that leads here: %s", async (path) => {
    const reply = await replyTo(ask(path, { headers: { Host: "evil.example" } }));
    expect(reply).toMatchObject({ status: 403, body: { error: { code: "other_origin" } } });
  });
});

describe("GET /live", () => {
  it("tells what is, at once and again, and what came in between", async () => {
    const look = await Look.begin();
    expect(look.response.headers).toMatchObject({
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    const first = await look.sees(() => true);
    expect(first).toMatchObject({ state: "open", books: { taken: 0, waiting: 0, balanced: true } });
    await post(url, NDJSON, '{"id":"a","origin":"LAX"}\n{"id":"b"}\n');
    const later = await look.sees(({ books }) => books.stored === 2);
    expect(later.books).toEqual({ taken: 2, stored: 2, refused: 0, waiting: 0, balanced: true });
    expect(later.latency?.p99).toBeGreaterThan(0);
    expect(later.perSecond.stored).toBeGreaterThan(0);
  });

  it("tells nothing that a client has written", async () => {
    const look = await Look.begin();
    const evil = "<img src=x onerror=alert(1)>";
    store.before = refusing(({ payload }) => payload.includes("bad"));
    await post(url, NDJSON, `{"id":"${evil}","type":"${evil}","origin":"${evil}","bad":1}\n`);
    await post(url, NDJSON, `{"id":"${evil}","type":"${evil}","origin":"${evil}","n":1}\n{"${evil}"\n`);
    await call(url, "GET", `/airports/${encodeURIComponent(evil)}`);
    await look.sees(({ books, rows }) => books.stored === 1 && books.refused === 1 && rows.airports === 1);
    expect(look.text).not.toMatch(/img|alert|onerror|</);
  });

  it("does not tell what a database error says, for that may name hosts and users", async () => {
    const look = await Look.begin();
    let failures = 3;
    store.before = () => {
      if (failures-- > 0) throw databaseError("57P03", "user admin of secret.host");
    };
    const reply = post(url, NDJSON, '{"id":"a"}\n');
    await look.sees(({ sink }) => sink.failed > 0);
    await reply;
    const calm = await look.sees(({ sink }) => sink.trouble === null && sink.failed === 3);
    expect(calm.totals.retries).toBe(3);
    expect(look.text).not.toContain("secret");
  });

  it.each([
    { Origin: "http://evil.example" },
    { Origin: "null" },
    { "Sec-Fetch-Site": "cross-site" },
    { Host: "evil.example" },
    { Host: "127.0.0.1.evil.example" },
  ])("refuses a page of another origin: %j", async (headers) => {
    expect(await replyTo(ask("/live", { headers }))).toMatchObject({ status: 403 });
  });

  it("has room for so many, and does not count those who leave as clients without an answer", async () => {
    const looks = await Promise.all(Array.from({ length: MAX_READERS }, () => Look.begin()));
    expect(await replyTo(ask("/live"))).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
    looks[0]?.response.destroy();
    let next = await once(ask("/live"), "response");
    while ((next[0] as IncomingMessage).statusCode === 503) next = await once(ask("/live"), "response");
    expect(service.gateway.counters.disconnected).toBe(0);
  });

  it("ends when the gateway stops, after telling how it went", async () => {
    const look = await Look.begin();
    await look.sees(() => true);
    const ended = once(look.response, "end");
    const gate = new Gate();
    store.before = gate.pass;
    const reply = post(url, NDJSON, '{"id":"a"}\n');
    await until(() => store.statements.length === 1);
    const stopped = service.stop();
    await look.sees(({ state }) => state === "stopping");
    gate.open();
    await Promise.all([ended, stopped, reply]);
    expect(look.last?.books).toMatchObject({ stored: 1, waiting: 0 });
  });
});

describe("POST /controls", () => {
  it("sets what it is told to, and answers with all there is", async () => {
    expect(await order({ sinkLatencyMs: 5, concurrency: 3 })).toMatchObject({
      status: 200,
      body: { sinkLatencyMs: 5, concurrency: 3, overflow: "block", arrivalRate: 0, statementsPerSecond: 200 },
    });
    expect(await order({ statementsPerSecond: 7 })).toMatchObject({ body: { statementsPerSecond: 7 } });
    expect(await order({ action: "reset" })).toMatchObject({
      body: { sinkLatencyMs: 0, concurrency: 2, statementsPerSecond: 200 },
    });
  });

  it.each([
    [{ Origin: "http://evil.example" }, 403],
    [{ Origin: "null" }, 403],
    [{ Origin: "http://127.0.0.1:1" }, 403],
    [{ "Sec-Fetch-Site": "same-site" }, 403],
    [{ Host: "evil.example", Origin: "http://evil.example" }, 403],
    [{ Host: "localhost.evil.example" }, 403],
    [{ "Content-Type": "text/plain" }, 415],
    [{ "Content-Type": "application/x-www-form-urlencoded" }, 415],
    [{ "Content-Type": "application/json; charset=latin1" }, 415],
    [{ "Content-Encoding": "gzip" }, 415],
  ])("does nothing for %j", async (headers, status) => {
    expect(await order({ sinkPaused: true }, headers)).toMatchObject({ status });
    expect(await order({ concurrency: 2 })).toMatchObject({ status: 200, body: { sinkPaused: false } });
  });

  it("takes its own origin", async () => {
    expect(await order({ concurrency: 2 }, { Origin: url, "Sec-Fetch-Site": "same-origin" })).toMatchObject({
      status: 200,
    });
  });

  it("does all or nothing", async () => {
    const reply = await order({ sinkPaused: true, concurrency: 99 });
    expect(reply).toMatchObject({ status: 400, body: { error: { code: "bad_order" } } });
    expect(await order({ concurrency: 2 })).toMatchObject({ body: { sinkPaused: false } });
  });

  it("refuses a body that is too large without reading it all", async () => {
    expect(await order(`{"concurrency": 2${" ".repeat(100_000)}}`)).toMatchObject({
      status: 413,
      body: { error: { code: "order_too_large" } },
    });
    expect(await order("{}".padEnd(4_097))).toMatchObject({ status: 413 });
    expect(await order('{"concurrency":2}'.padEnd(4_096))).toMatchObject({ status: 200 });
  });

  it("bears a client that leaves in the middle of its order", async () => {
    const told = vi.spyOn(console, "error").mockReturnValue();
    const headers = { "Content-Type": JSON_TYPE, "Content-Length": 100 };
    const client = request(`${url}/controls`, { method: "POST", agent: false, headers });
    client.on("error", () => undefined);
    client.write('{"sinkPaused"');
    const [socket] = (await once(client, "socket")) as [Socket];
    if (socket.connecting) await once(socket, "connect");
    expect(await order({ concurrency: 2 })).toMatchObject({ status: 200 });
    client.destroy();
    expect(await order({ concurrency: 3 })).toMatchObject({ status: 200, body: { sinkPaused: false } });
    await service.stop();
    expect(told).not.toHaveBeenCalled();
    told.mockRestore();
  });

  it("sends events through the door, and a poison event among good ones", async () => {
    const look = await Look.begin();
    store.before = refusing(({ payload }) => payload.includes("\\u0000"));
    expect(await order({ arrivalRate: 1_000 })).toMatchObject({ body: { arrivalRate: 1_000 } });
    await look.sees(({ books }) => books.stored > 200);
    expect(await order({ arrivalRate: 0, sinkPaused: false })).toMatchObject({ status: 200 });
    expect(await order({ action: "poison" })).toMatchObject({ status: 200 });
    const { books, dropped, producers } = await look.sees((now) => now.books.refused === 1 && now.books.waiting === 0);
    expect(dropped.rejected).toBe(1);
    expect(books.balanced).toBe(true);
    expect(producers.sent).toBe(books.taken);
    expect(store.rows.size).toBe(books.stored);
  });

  it("says how many requests have no answer, and what the producers do beside what they were told to", async () => {
    const look = await Look.begin();
    await order({ sinkPaused: true, arrivalRate: 2_000 });
    const stuck = await look.sees(({ door, perSecond }) => door.open === 24 && perSecond.sent === 0);
    expect(stuck.perSecond.heldBack).toBeGreaterThan(1_000);
    expect(stuck.producers.unanswered).toBe(24);
    await order({ sinkPaused: false, arrivalRate: 0 });
    await look.sees(({ door, books }) => door.open === 0 && books.waiting === 0);
  });

  it("ends the producers when nobody has looked for a while, and says so to whoever looks then", async () => {
    await service.stop();
    service = new Service(store, { folder, table: "events", fresh: false, windowMs: 0, unwatchedMs: 300 });
    await service.start();
    url = await service.gateway.listen(0, "127.0.0.1");
    const look = await Look.begin();
    await order({ arrivalRate: 100 });
    const started = performance.now();
    await look.sees(({ books }) => books.taken > 0 && performance.now() - started > 600);
    expect(look.last?.controls.arrivalRate).toBe(100);
    look.response.destroy();
    let { body } = await order({ sinkLatencyMs: 0 });
    while ((body as Snapshot["controls"]).arrivalRate > 0) {
      await new Promise((resolve) => setTimeout(resolve, 400));
      ({ body } = await order({ sinkLatencyMs: 0 }));
    }
    const next = await (await Look.begin()).sees(() => true);
    expect(next.producers.ended).toBe("unwatched");
    const { body: again } = await order({ arrivalRate: 100 });
    expect(again).toMatchObject({ arrivalRate: 100 });
  });

  it("drains, says how it ended, refuses events meanwhile, and takes them again", async () => {
    const look = await Look.begin();
    await order({ sinkPaused: true, arrivalRate: 2_000 });
    await look.sees(({ books }) => books.waiting > 400);
    await order({ action: "drain" });
    const draining = await look.sees(({ state }) => state === "draining");
    expect(draining.controls.arrivalRate).toBe(0);
    expect(await post(url, NDJSON, '{"id":"late"}\n')).toMatchObject({ status: 503 });
    expect(await order({ arrivalRate: 5 })).toMatchObject({ status: 409, body: { error: { code: "not_now" } } });
    expect(await order({ action: "poison" })).toMatchObject({ status: 409 });
    await order({ sinkPaused: false });
    const { end, books } = await look.sees((now) => now.state === "drained" && now.end !== null);
    expect(end).toMatchObject({ stored: store.rows.size, newRows: store.rows.size, repeated: 0 });
    expect(books).toMatchObject({ stored: store.rows.size, waiting: 0, balanced: true });
    await order({ action: "resume" });
    await look.sees(({ state }) => state === "open");
    expect(await post(url, NDJSON, '{"id":"later"}\n')).toMatchObject({ status: 202 });
    expect(store.rows.has("late")).toBe(false);
  });

  it("changes the dispatcher while events come in, and loses none", async () => {
    const look = await Look.begin();
    await order({ arrivalRate: 5_000 });
    const settings = [
      { concurrency: 4 },
      { overflow: "drop-oldest" },
      { concurrency: 1, overflow: "block" },
      { concurrency: 8 },
    ];
    for (const setting of settings) {
      const { books } = await look.sees(() => true);
      expect(await order(setting)).toMatchObject({ status: 200, body: setting });
      await look.sees((now) => now.books.stored > books.stored);
    }
    await order({ arrivalRate: 0 });
    const { books, producers } = await look.sees(
      // Not one from before the order.
      (now) => now.controls.arrivalRate === 0 && now.books.waiting === 0 && now.producers.unanswered === 0,
    );
    expect(books).toMatchObject({ taken: producers.sent, stored: producers.sent, refused: 0, balanced: true });
    expect(store.rows.size).toBe(producers.sent);
  });

  it("does not hold up the end of the gateway: a paused database goes on then", async () => {
    await order({ sinkPaused: true, sinkFailurePercent: 100, arrivalRate: 2_000 });
    await until(() => service.dispatcher.books.waiting > 400);
    const summary = await service.stop();
    expect(summary.delivered).toBe(store.rows.size);
    expect(summary).toMatchObject({ abandoned: 0, dropped: { aborted: 0 } });
    expect(service.dispatcher.books.waiting).toBe(0);
  });
});
