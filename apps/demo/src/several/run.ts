import { checkAirports } from "../airport-check.ts";
import { differences, type Expectation, expectationOf, find } from "../check.ts";
import type { Frame } from "../frame.ts";
import { openStore } from "../open-store.ts";
import { Progress } from "../progress.ts";
import { shareThroughRedis } from "../redis-sharing.ts";
import { EVENTS_PER_REQUEST } from "../replay.ts";
import { ReportFiles } from "../report-files.ts";
import { MAX_AIRPORTS } from "../service.ts";
import type { Source } from "../source.ts";
import type { Store } from "../store.ts";
import { areReportsComplete, areRowsComplete, timeUntil } from "./completion.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { KillOne } from "./kill-one.ts";
import { buildersLine, killLine, storyLines } from "./lines.ts";
import { ReplayToSeveral } from "./replay-to-several.ts";
import { openServers, type Servers } from "./servers.ts";
import { StatsWatch } from "./stats-watch.ts";
import { idOf, withIds } from "./with-ids.ts";

export interface SeveralRun {
  readonly source: Source;
  readonly gateways: number;
  /** Fields that every event must have. */
  readonly required: readonly string[];
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly output: NodeJS.WriteStream;
}

const TABLE = "replayed_events";
/** Reports are built more often than usual: people wait for the last ones. */
const HOLD_SECONDS = 5;
/** How many requests there are at least, if there are so many events: the one that is interrupted is somewhere among them. */
const REQUESTS = 40;
const PATIENCE_MS = 180_000;

/**
 * Starts several gateways, replays the source through all of them, kills one in the middle, and looks whether anything is
 * missing or there twice. Resolves with whether everything is as it should be.
 *
 * @throws MissingServerError when there is no PostgreSQL or no Redis.
 */
export async function runSeveral(run: SeveralRun): Promise<boolean> {
  const servers = await openServers(process.env);
  try {
    const choice = { table: TABLE, fresh: true };
    const store = await openStore({ databaseUrl: servers.databaseUrl, folder: run.folder, ...choice });
    try {
      await forgetHolds(servers);
      return await new Story({ ...run, source: withIds(run.source) }, servers, store).tell();
    } finally {
      await store.close();
    }
  } finally {
    await servers.stop();
  }
}

/** Of reports that were built in an earlier run, for the table that is empty now. */
async function forgetHolds({ redisUrl }: Servers): Promise<void> {
  const sharing = shareThroughRedis(redisUrl, TABLE);
  try {
    await sharing.reportKeys?.bumpGeneration();
  } finally {
    await sharing.close();
  }
}

class Story {
  readonly #run: SeveralRun;
  readonly #servers: Servers;
  readonly #store: Store;
  readonly #files: ReportFiles;
  #isGood = true;

  constructor(run: SeveralRun, servers: Servers, store: Store) {
    this.#run = run;
    this.#servers = servers;
    this.#store = store;
    this.#files = new ReportFiles(run.folder, TABLE);
  }

  async tell(): Promise<boolean> {
    const { source } = this.#run;
    await this.#files.open({ fresh: true });
    const expected = await expectationOf(source);
    const gateways = await this.#startAll();
    try {
      const watch = new StatsWatch(gateways);
      await this.#replay(gateways, expected, watch);
      await this.#check(expected);
      await watch.look();
      const builtBy = (gateway: GatewayProcess): number => watch.reportsOf(gateway);
      this.#print(await buildersLine(this.#store.airports, this.#files, gateways, builtBy));
    } finally {
      await this.#stopAll(gateways);
    }
    return this.#isGood;
  }

  async #startAll(): Promise<GatewayProcess[]> {
    const { databaseUrl: DATABASE_URL, redisUrl: REDIS_URL } = this.#servers;
    const { folder, required } = this.#run;
    const argv = ["--serve", "--table", TABLE, "--data", folder, "--hold", String(HOLD_SECONDS)];
    if (required.length > 0) argv.push("--require", required.join(","));
    const starts = Array.from({ length: this.#run.gateways }, (_, index) =>
      GatewayProcess.start(`Gateway ${index + 1}`, argv, { DATABASE_URL, REDIS_URL }),
    );
    const settled = await Promise.allSettled(starts);
    const gateways = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const failed = settled.find((each) => each.status === "rejected");
    if (failed !== undefined) {
      await Promise.all(gateways.map((gateway) => gateway.stop()));
      throw failed.reason;
    }
    for (const { name, pid, url } of gateways) this.#print(`${name} is process ${pid} and listens on ${url}.`);
    this.#print(`They store in ${this.#store.name}, table ${TABLE}, emptied, and share a Redis server.`);
    return gateways;
  }

  async #replay(gateways: readonly GatewayProcess[], { events }: Expectation, watch: StatsWatch): Promise<void> {
    const { source, signal, output } = this.#run;
    this.#print(`Replaying ${source.title} through all of them, a request to each in turn`);
    const [victim, survivor] = gateways as [GatewayProcess, GatewayProcess];
    const startedAt = performance.now();
    const isTime = (): boolean => replay.stored >= events / 2;
    const killing = new KillOne({ victim, isTime, isStored: (block) => this.#isStored(block) });
    const eventsPerRequest = Math.min(EVENTS_PER_REQUEST, Math.ceil(events / REQUESTS));
    const options = { receivers: gateways, eventsPerRequest, signal, bodyOf: killing.bodyOf };
    const replay = new ReplayToSeveral(source, options);
    const progress = new Progress({ output, total: events, count: () => replay.stored });
    watch.start();
    const result = await replay.run().finally(() => {
      killing.stop();
      progress.stop();
      watch.stop();
    });
    const elapsedMs = performance.now() - startedAt;
    this.#print(killLine(victim, killing.killedAt === undefined ? undefined : killing.killedAt - startedAt));
    // A replay that is too short to be interrupted shows nothing.
    if (killing.killedAt === undefined) this.#isGood = false;
    await watch.look();
    const rowsMs = await this.#timeUntil(() => areRowsComplete(this.#store.airports, MAX_AIRPORTS));
    const reportsMs = await this.#timeUntil(() => areReportsComplete(this.#store.airports, this.#files));
    const repeated = gateways.reduce((sum, gateway) => sum + watch.repeatedAt(gateway), 0);
    const figures = { ...result, repeated, elapsedMs, rowsMs, reportsMs, peak: watch.peak, survivor: survivor.name };
    for (const line of storyLines(figures)) this.#print(line);
  }

  async #isStored(block: readonly Frame[]): Promise<boolean> {
    const [first] = block;
    const id = first === undefined ? undefined : idOf(first);
    const found = await this.#store.query(`select from ${TABLE} where id = $1`, [id ?? ""]);
    return found.length > 0;
  }

  #timeUntil(isSo: () => Promise<boolean>): Promise<number | undefined> {
    return timeUntil(isSo, { timeoutMs: PATIENCE_MS, signal: this.#run.signal });
  }

  async #check(expected: Expectation): Promise<void> {
    const found = await find(this.#store, TABLE, this.#run.source);
    const wrong = differences(expected, found);
    const {
      airports,
      events,
      wrong: wrongAirports,
    } = await checkAirports(this.#store.airports, this.#files, MAX_AIRPORTS);
    this.#print();
    if (wrong.length === 0)
      this.#print(`Checked: ${found.events} events are stored, as many as in the file, each once.`);
    else this.#complain("Checked: NOT the same as computed from the file:", wrong);
    const rows = `Checked: ${airports} airport rows, reports and archives (${events} events) are what the database says.`;
    if (wrongAirports.length === 0) this.#print(rows);
    else this.#complain("Checked: airports are NOT what the database says:", wrongAirports);
  }

  #complain(title: string, lines: readonly string[]): void {
    this.#isGood = false;
    for (const line of [title, ...lines.map((each) => `  ${each}`)]) this.#print(line);
  }

  async #stopAll(gateways: readonly GatewayProcess[]): Promise<void> {
    const living = gateways.filter(({ gone }) => !gone.aborted);
    const codes = await Promise.all(living.map((gateway) => gateway.stop()));
    for (const [index, code] of codes.entries()) {
      if (code !== 0) this.#complain(`${living[index]?.name} ended with ${code ?? "a signal"}, not with 0.`, []);
    }
  }

  #print(line = ""): void {
    this.#run.output.write(`${line}\n`);
  }
}
