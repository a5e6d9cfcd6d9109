import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { FolderLock } from "../src/folder-lock.ts";
import { PgliteStore } from "../src/pglite-store.ts";
import { AppProcess } from "./app-process.ts";
import { call, NDJSON, openPost, post, replyTo } from "./http-client.ts";

/** Each test starts processes, on machines that may be busy. */
const PATIENCE_MS = 120_000;

let folder: string;
let data: string;
const apps: AppProcess[] = [];

function start(...argv: string[]): AppProcess {
  const app = new AppProcess(["--data", data, ...argv], { INIT_CWD: folder });
  apps.push(app);
  return app;
}

async function idsIn(table: string): Promise<string[]> {
  const store = await PgliteStore.open(data, { table, fresh: false });
  const rows = await store.query(`select id from ${table} order by id`);
  await store.close();
  return rows.map(({ id }) => String(id));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "disp-demo-"));
  data = join(folder, "data");
  // The slow part of the first start, once for all tests.
  await (await PgliteStore.open(data, { table: "events", fresh: true })).close();
}, PATIENCE_MS);

afterEach(async () => {
  for (const app of apps.splice(0)) {
    app.kill("SIGKILL");
    await app.exit();
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("a replay", { timeout: PATIENCE_MS }, () => {
  it("stores flights, shows the worst airports and checks them against the file", async () => {
    const app = start("--rows", "3000");
    const page = await fetch(await app.url());
    expect(page.headers.get("content-type")).toContain("text/html");
    expect(app.output).toContain("While this replay lasts there is a page to watch it");
    await page.arrayBuffer();
    expect(await app.exit()).toBe(0);
    expect(app.errors).toBe("");
    expect(app.output).toContain("events stored      3,000   in 1 requests");
    expect(app.output).toMatch(/DFW +\d+ +[\d,]+ +\d+\.\d/);
    expect(app.output).toMatch(/Checked: same as computed from the file \(3000 events, \d+ rows compared\)/);
    expect(app.output).toMatch(/airport rows +\d+ +[\d,]+ runs in [\d,]+ saves/);
    expect(app.output).toMatch(/reports built +\d+ +for [\d,]+ requests/);
    expect(app.output).toMatch(/archived +\d\.\d MB +to \d\.\d MB, by \d threads?/);
    expect(app.output).toMatch(
      /Checked: \d+ airport rows, reports and archives \(3000 events\) are what the database says/,
    );
    expect(app.output).toContain("Drained: 3,000 events taken, 3,000 stored, nothing lost.");
  });

  it("stores a person's own file, found from where the person is, once for each id", async () => {
    const events = Array.from({ length: 7_000 }, (_, n) =>
      n % 2 === 0 ? { "größe ✓": "x", id: `e${n % 100}` } : { "größe ✓": "x", n },
    );
    const text = events.map((event) => JSON.stringify(event)).join("\r\n");
    await writeFile(join(folder, "mine.ndjson"), `\ufeff\n${text}`);
    const app = start("--input", "mine.ndjson");
    expect(await app.exit()).toBe(0);
    expect(app.output).toContain("3,550  größe ✓");
    expect(app.output).toContain("Checked: same as computed from the file (3550 events, 3 rows compared)");
    expect(await idsIn("replayed_events")).toHaveLength(3_550);
  });

  it("ends in the middle when it is told to, and has lost nothing", async () => {
    const app = start("--rows", "100000");
    await app.url();
    app.kill("SIGINT");
    expect(await app.exit()).toBe(0);
    expect(app.errors).toBe("");
    expect(app.output).toContain("nothing lost");
    expect(app.output).not.toContain("Checked");
  });

  it("names the line of the file that is wrong", async () => {
    const lines = Array.from({ length: 6_000 }, (_, n) => JSON.stringify({ n }));
    lines[5_500] = '{"n":';
    await writeFile(join(folder, "broken.ndjson"), lines.join("\n"));
    const app = start("--input", "broken.ndjson");
    expect(await app.exit()).toBe(1);
    expect(app.errors).toContain("line 5501: not JSON: ");
    expect(app.output).toContain("nothing lost");
  });
});

describe("serving", { timeout: PATIENCE_MS }, () => {
  it("says where its page is, and ends at once though somebody looks at it", async () => {
    const app = start("--serve");
    const url = await app.url();
    while (!app.output.includes("Watch it")) await app.hears();
    expect(app.output).toContain(`Watch it, and make its life harder, on ${url}/\n`);
    const page = await fetch(url);
    expect(await page.text()).toContain("<!doctype html>");
    const live = await fetch(`${url}/live`);
    const told = live.text();
    app.kill("SIGTERM");
    expect(await told).toContain('"state":"stopping"');
    expect(await app.exit()).toBe(0);
    expect(app.errors).toBe("");
  });

  it("has every event in the table that it acknowledged, and no other, when SIGTERM comes amid requests", async () => {
    const app = start("--serve", "--table", "taken_events");
    const url = await app.url();
    let acknowledged = 0;
    const client = async (): Promise<void> => {
      for (;;) {
        const reply = await post(url, NDJSON, '{"text":"0123456789"}\n'.repeat(500)).catch(() => undefined);
        acknowledged += (reply?.body as { stored?: number } | undefined)?.stored ?? 0;
        if (reply?.status !== 202) return;
      }
    };
    const clients = [client(), client(), client(), client()];
    await untilStored(url, 5_000);
    app.kill("SIGTERM");
    await Promise.all(clients);
    expect(await app.exit()).toBe(0);
    expect(app.errors).toBe("");
    expect(app.output).toContain(`${acknowledged.toLocaleString("en-US")} stored, nothing lost.`);
    expect(acknowledged).toBeGreaterThanOrEqual(5_000);
    expect(await idsIn("taken_events")).toHaveLength(acknowledged);
  });

  it("keeps what it has acknowledged when it is killed without notice", async () => {
    const app = start("--serve");
    const url = await app.url();
    expect(await post(url, NDJSON, '{"id":"survivor-1"}\n{"id":"survivor-2"}')).toMatchObject({ status: 202 });
    app.kill("SIGKILL");
    await app.exit();
    expect(await idsIn("events")).toEqual(expect.arrayContaining(["survivor-1", "survivor-2"]));
  });

  it("has every stored event in the row of its airport after it was killed and started again", async () => {
    const first = start("--serve");
    const url = await first.url();
    const body = '{"id":"K1","origin":"KIL","delay":3}\n{"id":"K2","origin":"KIL","delay":4}\n';
    expect(await post(url, NDJSON, body)).toMatchObject({ status: 202 });
    // Within the window in which the row is not saved yet.
    first.kill("SIGKILL");
    await first.exit();
    const second = start("--serve");
    const next = await second.url();
    // What the first one has left in the outbox is taken up by the second one soon after its start.
    let reply = await call(next, "GET", "/airports/KIL");
    while (reply.status === 404) reply = await call(next, "GET", "/airports/KIL");
    expect(reply).toMatchObject({ status: 200, body: { flights: 2, delayMinutes: 7 } });
    expect(await post(next, NDJSON, body)).toMatchObject({ status: 202 });
    second.kill("SIGTERM");
    expect(await second.exit()).toBe(0);
    expect(second.errors).toBe("");
  });

  it("exits at once at a second signal, though a client still holds its connection", async () => {
    const app = start("--serve");
    const url = await app.url();
    const client = openPost(url, NDJSON);
    const reply = replyTo(client);
    client.write('{"id":"x"}\n');
    await untilStored(url, 1);
    app.kill("SIGTERM");
    expect(await reply).toMatchObject({ status: 503, body: { stored: 1, error: { code: "draining" } } });
    app.kill("SIGINT");
    expect(await app.exit()).toBe(130);
    client.destroy();
  });

  it("begins anew when it is told to, and keeps what is there otherwise", async () => {
    const rows = async (...flags: string[]): Promise<void> => {
      const app = start("--serve", "--table", "anew_events", ...flags);
      const url = await app.url();
      expect(await post(url, NDJSON, `{"id":"${flags.length}${apps.length}"}\n`)).toMatchObject({ status: 202 });
      app.kill("SIGTERM");
      expect(await app.exit()).toBe(0);
    };
    await rows();
    await rows();
    expect(await idsIn("anew_events")).toHaveLength(2);
    await rows("--fresh");
    expect(await idsIn("anew_events")).toHaveLength(1);
  });

  it("says that the port is taken, and does not tell of events that it never had", async () => {
    const first = start("--serve");
    const { port } = new URL(await first.url());
    const second = start("--serve", "--data", join(folder, "other"), "--port", port);
    expect(await second.exit()).toBe(1);
    expect(second.errors).toContain(`Cannot listen: port ${port} of 127.0.0.1 must be free`);
    expect(second.output).toBe("");
  });

  it("says that the folder is in use", async () => {
    const lock = await FolderLock.take(data);
    const app = start("--serve");
    expect(await app.exit()).toBe(1);
    await lock.release();
    expect(app.errors).toContain(`process ${process.pid} is using it`);
    expect(app.errors).toContain("--data");
  });
});

describe("the command line", { timeout: PATIENCE_MS }, () => {
  it("ends with 2 when a flag is wrong, and says why", async () => {
    const wrong = new Map([
      ["--nonsense", start("--nonsense")],
      ["--port must be a whole number", start("--port", "x")],
      ["--input cannot be read", start("--input", "missing.ndjson")],
    ]);
    for (const [message, app] of wrong) {
      expect(await app.exit()).toBe(2);
      expect(app.errors.split(message)).toHaveLength(2);
      expect(app.errors).toContain("--help");
      expect(app.output).toBe("");
    }
  });

  it("explains itself", async () => {
    const app = start("--help");
    expect(await app.exit()).toBe(0);
    expect(app.output).toContain("--input FILE");
  });
});

async function untilStored(url: string, events: number): Promise<void> {
  const stored = async (): Promise<number> => {
    const { body } = await call(url, "GET", "/stats");
    return (body as { dispatcher: { delivered: number } }).dispatcher.delivered;
  };
  while ((await stored()) < events);
}
