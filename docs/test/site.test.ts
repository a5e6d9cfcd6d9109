import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type axeCore from "axe-core";
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { filesIn } from "../../tooling/workspace.ts";
import { canTest, DIST, launch } from "./browser.ts";
import { serveFolder, type StaticServer } from "./static-server.ts";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const DESKTOP = { width: 1440, height: 900 };
const PHONE = { width: 390, height: 844 };

const GUIDE = "/guides/batch-writes-to-a-database.html";
const SYMBOL = "/api/@disp/core/classes/Dispatcher.html";

/** One page of each kind. */
const KINDS = [
  "/",
  "/how-it-works.html",
  GUIDE,
  "/guarantees.html",
  "/errors.html",
  "/performance.html",
  "/packages/core.html",
  SYMBOL,
];

/** What people type, and what must be among the first three. */
const QUERIES = [
  ["retry", "/packages/retry.html"],
  ["rate limit", "/packages/ratelimit.html", "/guides/polite-api-client.html"],
  ["RateLimiter", "/api/@disp/ratelimit/classes/RateLimiter.html"],
  ["drain", "/api/@disp/core/classes/Dispatcher.html#drain", "/guides/graceful-shutdown.html"],
  ["timeoutMs", "/api/@disp/core/interfaces/DrainOptions.html#timeoutms"],
  ["sendTimeout", "/api/@disp/core/interfaces/DispatcherOptions.html#sendtimeoutms"],
  ["Redis", "/packages/redis.html"],
  ["threads", "/packages/worker-pool.html#threads", "/guides/cpu-work-off-the-event-loop.html"],
  ["defaults of Dispatcher", "/api/@disp/core/variables/DISPATCHER_DEFAULTS.html"],
  ["Dispatcher", "/api/@disp/core/classes/Dispatcher.html"],
  ["p-queue", "/guides/coming-from/p-queue.html"],
  ["DISP_SEND_TIMEOUT", "/errors.html#all-of-them"],
] as const;

const WCAG: axeCore.RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"],
  // The button of the search shows its key, "K", which its name rightly leaves out.
  rules: { "label-content-name-mismatch": { enabled: false } },
};

describe.skipIf(!canTest())("the site", () => {
  let server: StaticServer;
  let browser: Browser;
  const contexts: BrowserContext[] = [];
  const faults: string[] = [];

  beforeAll(async () => {
    server = await serveFolder(DIST);
    browser = await launch();
  });

  afterAll(async () => {
    await browser.close();
    await server.close();
  });

  /** Whatever a test does: no page may complain, miss a file, or ask anybody else for anything. */
  afterEach(async () => {
    for (const context of contexts.splice(0)) await context.close();
    expect(faults.splice(0)).toEqual([]);
  });

  async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const context = await browser.newContext({ viewport: DESKTOP, ...options });
    contexts.push(context);
    await context.route(
      (url) => url.origin !== server.origin && url.protocol.startsWith("http"),
      (route) => {
        faults.push(`${route.request().url()} is asked for, which is elsewhere`);
        return route.abort();
      },
    );
    const page = await context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error") faults.push(`${page.url()} says: ${message.text()}`);
    });
    page.on("pageerror", (error) => faults.push(`${page.url()} throws: ${error.message}`));
    page.on("response", (response) => {
      if (response.status() >= 400) faults.push(`${response.url()} answers ${response.status()}`);
    });
    await visit(page, path);
    return page;
  }

  /** Until the page is loaded and its scripts have taken it over. */
  async function visit(page: Page, path: string): Promise<void> {
    await page.goto(server.origin + path);
    await page.waitForFunction(() => "__vue_app__" in (document.querySelector("#app") ?? {}));
  }

  /** The pages that the menus lead to. */
  async function menu(): Promise<string[]> {
    const page = await open(GUIDE);
    const hrefs = await page
      .locator(".VPNav a[href], .VPSidebar a[href]")
      .evaluateAll((links) => links.map((link) => new URL((link as HTMLAnchorElement).href)).map(String));
    const inside = hrefs.map((href) => new URL(href)).filter(({ origin }) => origin === server.origin);
    return [...new Set(inside.map(({ pathname }) => pathname))];
  }

  it("answers, in its menu and in this order: which package, start, guides, facts, packages, reference", async () => {
    const page = await open(GUIDE);
    const heads = await page.locator(".VPSidebarItem.level-0 > .item").allTextContents();
    expect(heads).toEqual(["Start", "Guides", "Facts", "Packages", "Decisions", "Reference"]);
    const first = page.locator(".VPSidebar a").first();
    expect(await first.textContent()).toBe("Which package?");
    await first.click();
    await page.waitForURL(`${server.origin}/#which-package`);
    await page.locator("#which-package").waitFor();
  });

  it("has a title, one heading of the first level, and no page wider than a phone, wherever the menus lead", async () => {
    const paths = await menu();
    expect(paths.length).toBeGreaterThan(30);
    const wrong: string[] = [];
    const lines = await Promise.all(Array.from({ length: 4 }, () => open("/", { viewport: PHONE })));
    await Promise.all(
      lines.map(async (page) => {
        for (let path = paths.shift(); path !== undefined; path = paths.shift()) {
          await visit(page, path);
          const found = await page.evaluate(() => ({
            title: document.title,
            headings: document.querySelectorAll("h1").length,
            width: document.documentElement.scrollWidth,
            unnamed: [...document.images].filter((image) => !image.hasAttribute("alt")).map(({ src }) => src),
          }));
          if (found.title === "" || found.title === "@disp") wrong.push(`${path}: its title is ${found.title}`);
          if (found.headings !== 1) wrong.push(`${path}: it has ${found.headings} h1`);
          if (found.width > PHONE.width) wrong.push(`${path}: it is ${found.width} wide`);
          if (found.unnamed.length > 0) wrong.push(`${path}: no alt text for ${found.unnamed.join(", ")}`);
        }
      }),
    );
    expect(wrong).toEqual([]);
  });

  it.each([820, 1024, 1280])("fits a window that is %d wide, with a menu", async (width) => {
    const page = await open(GUIDE, { viewport: { width, height: 800 } });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    const hamburger = page.locator(".VPNavBarHamburger");
    if (await hamburger.isVisible()) await hamburger.click();
    await page.locator(".VPNav a:visible", { hasText: "Guarantees" }).first().click();
    await page.waitForURL(`${server.origin}/guarantees.html`);
  });

  it("has no link, to a page or to a heading, that leads to nothing", () => {
    const files = filesIn(DIST).filter((file) => file.endsWith(".html"));
    const pages = new Map(files.map((file) => [`/${file}`, readFileSync(join(DIST, file), "utf8")]));
    const ids = new Map([...pages].map(([path, html]) => [path, new Set(matches(html, /\sid="([^"]*)"/g))]));
    const wrong: string[] = [];
    for (const [path, html] of pages) {
      for (const href of new Set(matches(html, /<a\s[^>]*href="([^"]*)"/g))) {
        const url = new URL(href.replaceAll("&amp;", "&"), `http://site${path}`);
        if (url.host !== "site") continue;
        const target = decodeURIComponent(url.pathname).replace(/\/$/, "/index.html");
        const anchor = decodeURIComponent(url.hash.slice(1));
        if (!pages.has(target)) wrong.push(`${path}: ${href} is no page`);
        else if (anchor !== "" && ids.get(target)?.has(anchor) !== true) wrong.push(`${path}: ${href} is no heading`);
      }
    }
    expect(pages.size).toBeGreaterThan(200);
    expect(wrong).toEqual([]);
  });

  it.each([
    ["Control+k", "KeyedRateLimiter", "/api/@disp/ratelimit/classes/KeyedRateLimiter.html", "Class: KeyedRateLimiter"],
    ["/", "graceful shutdown", "/guides/graceful-shutdown.html", "Graceful shutdown"],
  ])("searches by %s, finds %s, and leads there", async (key, query, path, heading) => {
    const page = await open("/start.html");
    await page.keyboard.press(key);
    await page.locator("#localsearch-input").pressSequentially(query);
    await page.locator(`#localsearch-list a[href^="${path}"]`).first().click();
    await page.waitForURL((url) => url.pathname === path);
    await page.locator("h1", { hasText: heading }).waitFor();
  });

  it("says that the index of the search is being loaded", async () => {
    const page = await open("/start.html");
    let load = (): void => {};
    const asked = new Promise<void>((resolve) => (load = resolve));
    await page.route(/localSearchIndex/, async (route) => {
      await asked;
      await route.continue();
    });
    await page.keyboard.press("/");
    await page.locator("#localsearch-input").fill("drain");
    const before = (): string => getComputedStyle(document.querySelector(".results")!, "::before").content;
    expect(await page.evaluate(before)).toContain("Loading");
    load();
    await page.locator("#localsearch-list a").first().waitFor();
    expect(await page.evaluate(before)).toBe("none");
  });

  it("finds first what people look for", async () => {
    const page = await open("/start.html");
    await page.keyboard.press("/");
    const wrong: string[] = [];
    for (const [query, ...wanted] of QUERIES) {
      await page.locator("#localsearch-input").fill(query);
      const found = page.locator("#localsearch-list a");
      const first = async (): Promise<string[]> =>
        (await found.evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""))).slice(0, 3);
      const isThere = async (): Promise<boolean> => {
        const links = await first();
        return wanted.every((path) => links.some((link) => link.startsWith(path)));
      };
      // The list follows the words a little later.
      await expect
        .poll(isThere, { timeout: 5_000 })
        .toBe(true)
        .catch(async () => {
          wrong.push(`${query}: ${(await first()).join(", ")}`);
        });
    }
    expect(wrong).toEqual([]);
  });

  it("prints the values of all defaults", () => {
    const pages = filesIn(DIST).filter((file) => file.endsWith("_DEFAULTS.html"));
    expect(pages.length).toBeGreaterThan(15);
    const without = pages.filter((file) => !readFileSync(join(DIST, file), "utf8").includes("Its values"));
    expect(without).toEqual([]);
  });

  it("draws diagrams that can be read and seen as a whole, and opens them at their start on a phone", async () => {
    const page = await open("/guarantees.html", { viewport: { width: 1280, height: 800 } });
    const drawn = await page.locator(".diagram").evaluateAll((boxes) =>
      boxes.map((box) => {
        const svg = box.querySelector("svg")!;
        const scale = svg.getScreenCTM()!.a;
        const sizes = [...svg.querySelectorAll("text")].map(
          (text) => parseFloat(getComputedStyle(text).fontSize) * scale,
        );
        return { smallest: Math.min(...sizes), isWhole: box.scrollWidth <= box.clientWidth };
      }),
    );
    expect(drawn.length).toBeGreaterThan(8);
    expect(drawn.filter(({ smallest, isWhole }) => smallest < 10.99 || !isWhole)).toEqual([]);

    const phone = await open("/guarantees.html", { viewport: PHONE });
    const starts = phone.locator(".diagram").evaluateAll((boxes) =>
      boxes.map((box) => {
        const { left, right } = box.querySelector("circle")!.getBoundingClientRect();
        return left >= 0 && right <= window.innerWidth;
      }),
    );
    expect(await starts).not.toContain(false);
  });

  it("calls the page of a door in the reference by another name than that of the package", async () => {
    const page = await open("/api/@disp/core/");
    expect(await page.title()).toBe("@disp/core API | @disp");
    expect(await page.locator("h1").textContent()).toContain("@disp/core API");
  });

  it("shows 90 columns of code beside both menus", async () => {
    const page = await open(GUIDE, { viewport: { width: 1280, height: 800 } });
    expect(await page.locator(".VPDocAsideOutline").isVisible()).toBe(true);
    const short = await page.locator(".vp-doc [class*='language-'] pre").evaluateAll((blocks) =>
      blocks
        .map((block) => ({
          columns: Math.max(...block.textContent.split("\n").map(({ length }) => length)),
          isWhole: block.scrollWidth <= block.clientWidth,
        }))
        .filter(({ columns }) => columns <= 90),
    );
    expect(short.length).toBeGreaterThan(0);
    expect(short.filter(({ isWhole }) => !isWhole)).toEqual([]);
  });

  it("shows the signature of a method, its parameters, and leads to their types in another package", async () => {
    const page = await open(SYMBOL);
    const method = page.locator("h3#push");
    expect(
      await method.locator("xpath=following-sibling::div[contains(@class,'language-ts')][1]").textContent(),
    ).toContain("push(item, options?): Promise<void>;");
    const parameters = method.locator("xpath=following-sibling::div[@class='table'][1]");
    expect(await parameters.locator("tbody tr").count()).toBe(2);
    const type = parameters.locator('a[href*="/sync-queue/"]');
    const name = await type.textContent();
    await type.click();
    await page.waitForURL(/\/api\/@disp\/sync-queue\//);
    await page.locator("h1", { hasText: `Interface: ${name}` }).waitFor();
  });

  it("opens its menus on a phone", async () => {
    const page = await open(GUIDE, { viewport: PHONE });
    await page.locator(".VPNavBarHamburger").click();
    await page.locator(".VPNavScreen a", { hasText: "Guarantees" }).click();
    await page.waitForURL(`${server.origin}/guarantees.html`);
    await page.locator(".VPLocalNav .menu").click();
    await page.locator(".VPSidebar.open a", { hasText: "Latest value wins" }).click();
    await page.waitForURL(`${server.origin}/guides/latest-value-wins.html`);
    await page.locator("h1", { hasText: "Latest value wins" }).waitFor();
  });

  it("scrolls a wide table inside the page", async () => {
    const page = await open("/guarantees.html", { viewport: PHONE });
    const table = page.locator(".vp-doc .table").first();
    expect(await table.evaluate((box) => box.scrollWidth > box.clientWidth)).toBe(true);
    await table.focus();
    await page.keyboard.press("ArrowRight");
    await expect.poll(() => table.evaluate((box) => box.scrollLeft), { timeout: 10_000 }).toBeGreaterThan(0);
  });

  it("lets the keyboard skip the menus", async () => {
    const page = await open(GUIDE);
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain("Skip to content");
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("VPContent");
  });

  it.each([
    ["light", WCAG],
    ["dark", { runOnly: ["color-contrast"] }],
  ] satisfies ["light" | "dark", axeCore.RunOptions][])(
    "meets WCAG 2.1 AA, contrast included: %s",
    async (colorScheme, options) => {
      const page = await open("/", { colorScheme });
      const wrong: string[] = [];
      for (const path of KINDS) {
        await visit(page, path);
        await page.addScriptTag({ path: AXE });
        wrong.push(...(await page.evaluate(violations, options)).map((found) => `${path}: ${found}`));
      }
      expect(wrong).toEqual([]);
    },
  );

  it("shows the picture of the flow in the mode that the reader has chosen", async () => {
    const page = await open("/how-it-works.html", { colorScheme: "light" });
    const picture = page.locator('img[src$="flow.svg"]');
    const light = await inside(picture);
    await page.locator(".VPSwitchAppearance").first().click();
    await page.waitForFunction(() => document.documentElement.classList.contains("dark"));
    expect((await inside(picture)).equals(light)).toBe(false);
  });
});

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, found = ""]) => found);
}

/** What a picture looks like, without its round corners, through which one sees the page. */
async function inside(picture: Locator): Promise<Buffer> {
  await picture.scrollIntoViewIfNeeded();
  const { x, y } = (await picture.boundingBox())!;
  return picture.page().screenshot({ clip: { x: x + 20, y: y + 20, width: 200, height: 200 } });
}

/** What axe-core finds, one line for each element. Runs in the page. */
async function violations(options: axeCore.RunOptions): Promise<string[]> {
  const { axe } = window as unknown as { readonly axe: typeof axeCore };
  const { violations: found } = await axe.run(document, options);
  return found.flatMap(({ id, nodes }) =>
    nodes.map(
      ({ target, failureSummary = "" }) => `${id}: ${target.join(" ")}: ${failureSummary.replace(/\s+/g, " ")}`,
    ),
  );
}
