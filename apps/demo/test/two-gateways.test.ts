import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findPostgres } from "../src/several/postgres-server.ts";
import { findRedis } from "../src/several/redis-server.ts";
import { AppProcess } from "./app-process.ts";

const isCi = process.env["CI"] !== undefined && process.env["CI"] !== "";
const canRun = findPostgres() !== undefined && findRedis() !== undefined;
const HOW = "PostgreSQL or Redis not found: install them (Debian: apt-get install postgresql redis-server).";
if (!canRun) console.warn(`\n*** ${HOW} The tests of several gateways are left out. ***\n`);

let folder: string;
const apps: AppProcess[] = [];

function start(environment: Readonly<Record<string, string>>, ...argv: string[]): AppProcess {
  const app = new AppProcess(["--data", join(folder, "data"), ...argv], { INIT_CWD: folder, ...environment });
  apps.push(app);
  return app;
}

/** But for the one that tsx compiles with. */
function childrenOf(parent: number): number[] {
  const lines = execFileSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  return lines.flatMap((line) => {
    const [, pid, ppid, program = ""] = /^ *(\d+) +(\d+) +(.*)$/.exec(line) ?? [];
    return Number(ppid) === parent && !program.includes("esbuild") ? [Number(pid)] : [];
  });
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "disp-several-"));
});
afterEach(async () => {
  for (const app of apps.splice(0)) {
    app.kill("SIGKILL");
    await app.exit();
  }
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(!canRun && !isCi)("two gateways, one of them killed", { timeout: 0 }, () => {
  it("lose nothing and count nothing twice", async () => {
    const app = start({ TMPDIR: folder }, "--gateways", "2", "--rows", "4000");
    const code = await app.exit();
    expect(app.errors).toBe("");
    expect(app.output).toMatch(/Gateway 1 \(process \d+\) was killed with SIGKILL after/);
    expect(app.output).toMatch(/sent again +[1-9]\d* +requests that the dead one had not answered/);
    // It was killed when something of a request was in the table, and all of that request was sent again.
    expect(app.output).toMatch(/came twice +[1-9]\d* +events, which were stored once/);
    expect(app.output).toContain("Checked: 4000 events are stored, as many as in the file, each once.");
    expect(app.output).toMatch(
      /Checked: \d+ airport rows, reports and archives \(4000 events\) are what the database says/,
    );
    expect(app.output).toMatch(
      /Reports: gateway 1 has built \d+, \d+ of the newest; gateway 2 has built [1-9]\d*, [1-9]\d* of the newest\./,
    );
    expect(code).toBe(0);
  });

  it("end, with their servers, when they are told to in the middle", async () => {
    const app = start({ TMPDIR: folder }, "--gateways", "2", "--rows", "200000");
    while (!app.output.includes("events stored")) await app.hears();
    const pids = childrenOf(app.pid);
    // Two gateways and two servers.
    expect(pids).toHaveLength(4);
    app.kill("SIGINT");
    expect(await app.exit()).toBe(0);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });
});

it("say what is missing, in one line, and end with 2", { timeout: 0 }, async () => {
  const app = start({ PATH: folder, DATABASE_URL: "postgres://nobody@127.0.0.1:1/nothing" }, "--gateways", "2");
  expect(await app.exit()).toBe(2);
  expect(app.errors).toBe(
    "Several gateways need Redis: set REDIS_URL, or install it (Debian: apt-get install redis-server).\n",
  );
  expect(app.output).toBe("");
});
