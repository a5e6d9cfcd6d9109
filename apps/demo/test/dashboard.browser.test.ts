import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DispatcherStats } from "@disp/core";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { freePort } from "../../../tooling/free-port.ts";
import { MAX_READERS } from "../src/live/dashboard.ts";
import { PgliteStore } from "../src/pglite-store.ts";
import { PostgresStore } from "../src/postgres-store.ts";
import { Service } from "../src/service.ts";
import { findPostgres, type PostgresServer, startPostgres } from "../src/several/postgres-server.ts";
import type { Store } from "../src/store.ts";
import { Browser, describeWithChromium } from "./chromium.ts";
import { call, look } from "./http-client.ts";

/** Browsers and databases may take their time to start on a busy machine. */
const PATIENCE_MS = 120_000;
const POLL = { interval: 20, timeout: 30_000 };
const TABLE = "shown_events";
const CHOICE = { table: TABLE, fresh: true };

/** The same store, for one service after another. */
function kept(store: Store): Store {
  const { name, parallelism, airports, query } = store;
  const insert: Store["insert"] = (rows, options) => store.insert(rows, options);
  const countRows = (): Promise<number> => store.countRows();
  return { name, parallelism, airports, query, insert, countRows, close: () => Promise.resolve() };
}

let folder: string;
let rowsBefore: number;
let browser: Browser;
let service: Service;
let page: Page;
let url: string;
/** What the page should not have done. */
let faults: string[];

async function show(store: Store): Promise<void> {
  rowsBefore = (await rowsOf(store)).rows;
  service = new Service(store, { folder, ...CHOICE, windowMs: 200 });
  await service.start();
  url = await service.gateway.listen(await freePort(), "127.0.0.1");
  page = await browser.context.newPage();
  faults = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => void faults.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(`${url}/`)) faults.push(`asks ${request.url()}`);
  });
  await page.goto(url);
  await page.waitForSelector('#state[data-state="open"]');
}

async function rowsOf(store: Store): Promise<{ rows: number; ids: number }> {
  const [row] = await store.query(`select count(*)::int as rows, count(distinct id)::int as ids from ${TABLE}`);
  return { rows: Number(row?.["rows"]), ids: Number(row?.["ids"]) };
}

async function leave(): Promise<void> {
  await page.close();
  await service.stop();
}

/** A number of the balance: "taken", "stored", "refused" or "waiting". */
async function books(name: string): Promise<number> {
  return numberIn((await page.textContent(`[data-books="${name}"]`)) ?? "");
}

function numberIn(text: string): number {
  return Number(text.replace(/[^\d.]/g, ""));
}

async function statsOf(): Promise<DispatcherStats> {
  const { body } = await call(url, "GET", "/stats");
  return (body as { dispatcher: DispatcherStats }).dispatcher;
}

/** Resolves once the text of an element is like this. */
async function reads(selector: string, pattern: RegExp): Promise<void> {
  await page.locator(selector).filter({ hasText: pattern }).waitFor({ state: "attached" });
}

/** Resolves once a number of the page is at least so large. */
async function reaches(selector: string, least: number): Promise<void> {
  const number = async (): Promise<number> => numberIn((await page.textContent(selector)) ?? "");
  await expect.poll(number, POLL).toBeGreaterThanOrEqual(least);
}

/** Moves a slider as a hand does. */
async function slide(name: string, value: number): Promise<void> {
  const answered = page.waitForResponse((response) => response.url().endsWith("/controls"));
  await page.locator(`#${name}`).fill(String(value));
  expect((await answered).status()).toBe(200);
}

async function press(name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
}

/** Stops the producers, drains, and sees that page, gateway and database agree. */
async function endsWell(store: Store): Promise<void> {
  await slide("arrivalRate", 0);
  await press("Drain");
  await page.waitForSelector('#state[data-state="drained"]', { timeout: 30_000 });
  await reads("#balance .end", /The table has/);
  await reads("#balance .verdict", /balanced/);
  const { rows, ids } = await rowsOf(store);
  const stored = await books("stored");
  expect([rows - rowsBefore, ids]).toEqual([stored, rows]);
  expect(await books("waiting")).toBe(0);
  expect((await books("refused")) + stored).toBe(await books("taken"));
  expect(await page.textContent("#balance .end")).toContain(`The table has ${stored.toLocaleString("en-US")} new rows`);
  expect(await statsOf()).toMatchObject({ delivered: stored, waiting: 0, abandoned: 0 });
}

describeWithChromium("the dashboard, in a browser", { timeout: PATIENCE_MS }, () => {
  let store: Store;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "disp-browser-"));
    browser = await Browser.start();
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });

  describe("over PGlite", () => {
    beforeAll(async () => {
      store = await PgliteStore.open(folder, CHOICE);
    }, PATIENCE_MS);
    beforeEach(() => show(kept(store)), PATIENCE_MS);
    afterEach(leave, PATIENCE_MS);
    afterAll(() => store.close());

    it("loads by itself, shows what moves, and has a use for every control", async () => {
      await reads("#story", /Nothing comes in/);
      await slide("arrivalRate", 1_000);
      await reaches('[data-books="stored"]', 500);
      await reads("#story", /All is well/);
      expect((await statsOf()).delivered).toBeGreaterThanOrEqual(500);

      await slide("statementsPerSecond", 4);
      await reads("#story", /limiter sets the pace/);
      await slide("statementsPerSecond", 200);

      await slide("concurrency", 3);
      await reads('[data-value="senders"]', /of 3/);
      await reads('[data-note="buffer"]', /4,000/);
      await slide("sinkLatencyMs", 300);
      await reads('[data-note="database"]', /300 ms slower/);
      await expect.poll(async () => (await statsOf()).inFlight, POLL).toBe(3);
      await expect.poll(async () => (await statsOf()).oldestSendAgeMs, POLL).toBeGreaterThan(100);
      await slide("sinkLatencyMs", 0);

      await press("Send a poison event");
      await reaches('[data-books="refused"]', 1);
      expect((await statsOf()).dropped.rejected).toBe(1);

      await slide("sinkFailurePercent", 30);
      await reads("#story", /fail/);
      expect((await statsOf()).retries).toBeGreaterThan(0);
      await slide("sinkFailurePercent", 0);
      await endsWell(store);
      expect(await books("refused")).toBe(1);
      expect(faults).toEqual([]);
    });

    it("shows backpressure, and that it loses nothing", async () => {
      await press("Set up: Backpressure");
      await reads("#story", /buffer is full: producers wait. That is backpressure/);
      await reads('[data-value="producers"]', /^0\/s$/);
      await reads('[data-note="producers"]', /of 2,000\/s wanted/);
      await reads('[data-note="door"]', /24 requests open/);
      await reads("#spoken", /That is backpressure/);
      expect((await statsOf()).waiting).toBeGreaterThan(0);
      const stored = await books("stored");
      await press("Let it go on: Backpressure");
      await page.getByRole("button", { name: "Set up: Backpressure" }).waitFor();
      await reaches('[data-books="stored"]', stored + 2_000);
      await endsWell(store);
      expect(await books("refused")).toBe(0);
      expect(faults).toEqual([]);
    });

    it("drops what it is told to, counts it, and goes on after a drain", async () => {
      await press("Set up: Drop instead of wait");
      await reads("#story", /oldest events are given up/);
      await press("Pause the database");
      await page.getByLabel("drop newest").check();
      await reads("#story", /what is new is given up/);
      expect((await statsOf()).dropped.overflow).toBeGreaterThan(0);
      expect((await statsOf()).waiting).toBe(0);
      await press("Reset");
      await endsWell(store);
      await press("Resume");
      await page.waitForSelector('#state[data-state="open"]');
      const taken = await books("taken");
      await slide("arrivalRate", 500);
      await reaches('[data-books="taken"]', taken + 100);
      await endsWell(store);
      expect(faults).toEqual([]);
    });

    it("is used with the keyboard alone", async () => {
      await page.locator("#arrivalRate").focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      await reads('[data-note="producers"]', /of 200\/s/);
      expect(await page.locator("#arrivalRate").getAttribute("aria-valuetext")).toBe("200 events/s");
      await page.locator("#sinkPaused").focus();
      await page.keyboard.press("Enter");
      await reads("#sinkPaused", /Let it go on/);
      expect(await page.locator("#sinkPaused").getAttribute("aria-pressed")).toBe("true");
      await page.keyboard.press("Enter");
      await reads("#sinkPaused", /Pause/);
      await page.locator("#drain").focus();
      await page.keyboard.press("Enter");
      await page.waitForSelector("#resume:focus:enabled");
      expect(await page.locator("#drain").isDisabled()).toBe(true);
      const isUnnamed = "(one) => one.labels?.length === 0 && one.textContent === ''";
      const unnamed = await page.evaluate<number>(
        `[...document.querySelectorAll("button, input")].filter(${isUnnamed}).length`,
      );
      expect(unnamed).toBe(0);
      expect(faults).toEqual([]);
    });

    it.each([390, 800, 1_320])(
      "fits a screen of %i pixels, light and dark, and has a chart for each, with room",
      async (width) => {
        await page.setViewportSize({ width, height: 844 });
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          expect(await page.evaluate<number>("document.documentElement.scrollWidth")).toBeLessThanOrEqual(width);
        }
        expect(await page.locator("#charts canvas").count()).toBe(8);
        expect(await page.locator("#flow .box").count()).toBe(10);
        const smallest = "document.querySelector('#flow .note').getBoundingClientRect().height";
        expect(await page.evaluate<number>(smallest)).toBeGreaterThan(10);
        expect(faults).toEqual([]);
      },
    );

    it("draws curves: what is drawn changes when events come", async () => {
      await reads("#story", /Nothing comes in/);
      // In the colour of the curve of stored events, in the first chart.
      const drawn = (): Promise<number> =>
        page.evaluate<number>(`(() => {
          const canvas = document.querySelector("#charts canvas");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          const [r, g, b] = [0x1f, 0x84, 0x68];
          let found = 0;
          for (let at = 0; at < data.length; at += 4) {
            const near = Math.abs(data[at] - r) + Math.abs(data[at + 1] - g) + Math.abs(data[at + 2] - b) < 60;
            if (near && data[at + 3] > 128) found++;
          }
          return found;
        })()`);
      const before = await drawn();
      await slide("arrivalRate", 2_000);
      await expect.poll(drawn, POLL).toBeGreaterThan(before + 20);
      expect(faults).toEqual([]);
    });

    it("keeps the sentence and the numbers in sight while the picture is not", async () => {
      for (const size of [
        { width: 1_280, height: 800 },
        { width: 390, height: 844 },
      ]) {
        await page.setViewportSize(size);
        await page.evaluate("scrollTo(0, 0)");
        await page.locator("#strip").waitFor({ state: "hidden" });
        await page.locator("#drain").scrollIntoViewIfNeeded();
        await page.locator("#strip").waitFor({ state: "visible" });
        expect(await page.textContent("#strip .story")).toBe(await page.textContent("#story"));
        expect(await page.locator("#strip .mini b").allTextContents()).toContain("0/s");
      }
      expect(faults).toEqual([]);
    });

    it("says that too many are looking, and goes on when there is room", async () => {
      // The page is one of them.
      const others = await Promise.all(Array.from({ length: MAX_READERS - 1 }, () => look(url)));
      const late = await browser.context.newPage();
      await late.goto(url);
      await late.locator("#story").filter({ hasText: "Too many are looking" }).waitFor();
      for (const other of others) other.destroy();
      await late.waitForSelector('#state[data-state="open"]');
      await late.close();
    });

    it("says that the gateway is away, and is back by itself when there is another", async () => {
      const { port } = new URL(url);
      const stopped = service.stop();
      await page.waitForSelector('#state[data-state="away"]', { timeout: 30_000 });
      await stopped;
      await press("Reset");
      await reads("#problem", /cannot be reached/);
      await page.waitForSelector("body[data-stale]");
      service = new Service(kept(store), { folder, ...CHOICE, windowMs: 200 });
      await service.start();
      await service.gateway.listen(Number(port), "127.0.0.1");
      await page.waitForSelector('#state[data-state="open"]', { timeout: 30_000 });
      await page.waitForSelector("body:not([data-stale])");
      await reads("#problem", /^$/);
      // What Chromium itself says of a connection that was refused.
      expect(faults.filter((fault) => !fault.includes("ERR_"))).toEqual([]);
    });
  });

  describe.skipIf(findPostgres() === undefined)("over a PostgreSQL server", () => {
    let server: PostgresServer;

    beforeAll(async () => {
      server = await startPostgres(findPostgres() ?? "");
      store = await PostgresStore.open(server.url, CHOICE);
      await show(store);
    }, PATIENCE_MS);
    afterAll(async () => {
      await leave();
      await server.stop();
    }, PATIENCE_MS);

    it("shows that the database was killed, and loses nothing when it comes back", async () => {
      // What the operator is told.
      const told = vi.spyOn(console, "error").mockReturnValue();
      await slide("arrivalRate", 1_000);
      await reaches('[data-books="stored"]', 500);
      await server.crash();
      await reads('[data-note="database"]', /fails: /);
      await reads("#story", /Some statements fail|database fails/);
      await server.restart();
      const stored = await books("stored");
      await reaches('[data-books="stored"]', stored + 1_000);
      await reads('[data-note="database"]', /well/);
      await endsWell(store);
      expect(await books("refused")).toBe(0);
      expect(faults).toEqual([]);
      told.mockRestore();
    });
  });
});
