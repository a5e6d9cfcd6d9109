import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { MessagePort } from "node:worker_threads";
import { createGzip } from "node:zlib";
import { type AirportFigures, NOTHING, sumOf } from "./airport-figures.ts";
import { receivePages } from "./pages.ts";
import type { Archive } from "./report-files.ts";

/** A thread is told what to write, and where the events come from. */
export interface ArchiveJob {
  readonly file: string;
  readonly pages: MessagePort;
}

/** Fast rather than small: it is done again and again. */
const GZIP = { level: 1 };

/** Compresses the lines of all pages into a file, which is new or overwritten, and adds up what stands in them. */
export async function writeArchive({ file, pages }: ArchiveJob, signal: AbortSignal): Promise<Archive> {
  const contents = new Contents();
  const gzip = createGzip(GZIP);
  const output = createWriteStream(file);
  try {
    await pipeline(Readable.from(contents.watch(receivePages(pages, signal))), gzip, output, { signal });
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  return { ...contents.total(), archiveBytes: output.bytesWritten };
}

class Contents {
  readonly #hash = createHash("sha256");
  #figures: AirportFigures = NOTHING;
  #bytes = 0;

  async *watch(pages: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const page of pages) {
      this.#hash.update(page);
      this.#bytes += page.length;
      this.#figures = sumOf(this.#figures, figuresOf(page));
      yield page;
    }
  }

  total(): Omit<Archive, "archiveBytes"> {
    const { flights } = this.#figures;
    return { ...this.#figures, events: flights, bytes: this.#bytes, sha256: this.#hash.digest("hex") };
  }
}

function figuresOf(page: Uint8Array): AirportFigures {
  let [flights, delayMinutes, delayed] = [0, 0, 0];
  let lastEvent: string | null = null;
  for (const line of new TextDecoder().decode(page).split("\n")) {
    if (line === "") continue;
    const event = JSON.parse(line) as { readonly delay_minutes: number | null; readonly occurred_at: string | null };
    flights++;
    delayMinutes += event.delay_minutes ?? 0;
    if ((event.delay_minutes ?? 0) > 0) delayed++;
    if (event.occurred_at !== null && (lastEvent === null || event.occurred_at > lastEvent))
      lastEvent = event.occurred_at;
  }
  return { flights, delayMinutes, delayed, lastEvent };
}
