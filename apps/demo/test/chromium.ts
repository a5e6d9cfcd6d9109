import { accessSync, constants } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { describe } from "vitest";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Headless, and without asking anybody anything. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

const ABSENT =
  "SKIPPED: tests of the dashboard in a browser. They need Chromium (on Debian: apt-get install chromium).";

const path = findChromium();
if (path === undefined) {
  if (process.env["CI"] !== undefined) throw new Error(ABSENT);
  console.warn(`\n${ABSENT}\n`);
}

function findChromium(): string | undefined {
  return [process.env["CHROMIUM"] ?? "", ...PLACES].find((place) => place !== "" && isThere(place));
}

function isThere(place: string): boolean {
  try {
    accessSync(place, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A `describe` for tests in a browser. Skipped where there is none, which is said once, and fails in CI. */
export const describeWithChromium: ReturnType<typeof describe.skipIf> = describe.skipIf(path === undefined);

/** A browser with a new, empty profile. */
export class Browser {
  readonly context: BrowserContext;
  readonly #profile: string;

  private constructor(context: BrowserContext, profile: string) {
    this.context = context;
    this.#profile = profile;
  }

  static async start(): Promise<Browser> {
    const profile = await mkdtemp(join(tmpdir(), "disp-chromium-"));
    const options = { executablePath: path ?? "", headless: true, args: FLAGS, reducedMotion: "reduce" as const };
    return new Browser(await chromium.launchPersistentContext(profile, options), profile);
  }

  async close(): Promise<void> {
    await this.context.close();
    await rm(this.#profile, { recursive: true, force: true, maxRetries: 3 });
  }
}
