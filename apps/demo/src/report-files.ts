import { createHash, randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import type { AirportFigures } from "./airport-figures.ts";

/** What an archive holds, and what its events add up to. */
export interface Archive extends AirportFigures {
  readonly events: number;
  /** Of the events' lines. */
  readonly bytes: number;
  /** Of the file. */
  readonly archiveBytes: number;
  /** Of the events' lines, in hex. */
  readonly sha256: string;
}

export interface AirportReport extends Archive {
  readonly airport: string;
  readonly builtAt: string;
  /** Which gateway has built it: its machine and process. */
  readonly builtBy: string;
  /** The archive's path, from the data folder. */
  readonly archive: string;
}

const PART = ".part";
/** Nobody has written for so long to what is still being written. */
const LEFT_MS = 600_000;

/** Archives and reports in the data folder, those of each table in folders of their own. Several gateways may share it. */
export class ReportFiles {
  readonly #folder: string;
  readonly #archives: string;
  readonly #reports: string;
  /** In the names of what is unfinished: other gateways have names of their own. */
  readonly #run = randomUUID().slice(0, 8);

  constructor(folder: string, table: string) {
    this.#folder = folder;
    this.#archives = join("archive", table);
    this.#reports = join("reports", table);
  }

  /** Makes the folders, and throws away what a crash has left unfinished; with `fresh` everything. */
  async open({ fresh }: { readonly fresh: boolean }): Promise<void> {
    for (const part of [this.#archives, this.#reports]) {
      const folder = join(this.#folder, part);
      if (fresh) await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      for (const name of await readdir(folder)) if (name.endsWith(PART)) await this.#discardOld(join(folder, name));
    }
  }

  async #discardOld(part: string): Promise<void> {
    const mtimeMs = await stat(part).then(
      (found) => found.mtimeMs,
      () => Infinity,
    );
    if (mtimeMs < Date.now() - LEFT_MS) await rm(part, { force: true });
  }

  /** Where to write the archive at first. `attempt` is different each time: two may be under way. */
  partOf(airport: string, attempt: number): string {
    return join(this.#folder, this.#archiveOf(airport, `.${this.#run}.${attempt}${PART}`));
  }

  /** Puts a finished archive in its place, and the report beside it. Each of the two files is always whole. */
  async publish(airport: string, attempt: number, archive: Archive): Promise<AirportReport> {
    const path = this.#archiveOf(airport);
    const builtBy = `${hostname()}/${process.pid}`;
    const about = { airport, builtAt: new Date().toISOString(), builtBy };
    const report = { ...about, ...archive, archive: path.replaceAll("\\", "/") };
    const part = `${this.#reportOf(airport)}.${this.#run}.${attempt}${PART}`;
    await writeFile(part, `${JSON.stringify(report, undefined, 2)}\n`);
    await rename(this.partOf(airport, attempt), join(this.#folder, path));
    await rename(part, this.#reportOf(airport));
    return report;
  }

  async discard(airport: string, attempt: number): Promise<void> {
    await rm(this.partOf(airport, attempt), { force: true });
  }

  async read(airport: string): Promise<AirportReport | undefined> {
    try {
      return JSON.parse(await readFile(this.#reportOf(airport), "utf8")) as AirportReport;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  /** The full path of the archive that a report speaks of. */
  archiveOf({ archive }: AirportReport): string {
    return join(this.#folder, archive);
  }

  #archiveOf(airport: string, ending = ""): string {
    return join(this.#archives, `${fileNameOf(airport)}.ndjson.gz${ending}`);
  }

  #reportOf(airport: string): string {
    return join(this.#folder, this.#reports, `${fileNameOf(airport)}.json`);
  }
}

/**
 * A client decides what an airport is called. Only what cannot mean anything else stays as it is; the rest becomes a hash: of
 * one length, without separators, in small letters, so that no two meet where small and capital letters are the same.
 */
export function fileNameOf(airport: string): string {
  if (/^[A-Z0-9]{1,16}$/.test(airport) && !DEVICES.test(airport)) return airport;
  return `other-${createHash("sha256").update(airport).digest("hex")}`;
}

/** Windows has these in every folder. */
const DEVICES = /^(CON|PRN|AUX|NUL|(COM|LPT)\d)$/;
