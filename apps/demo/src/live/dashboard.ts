import { randomBytes } from "node:crypto";
import type { Summary } from "@disp/core";
import { type Answer, refusal } from "../answer.ts";
import { InputError } from "../input-error.ts";
import { ClientGoneError } from "../request-body.ts";
import { type Exchange, send, sendBytes } from "../send-answer.ts";
import { ControlDesk, NotNowError } from "./control-desk.ts";
import { parseOrder } from "./controls.ts";
import { LiveStream } from "./live-stream.ts";
import { Load } from "./load.ts";
import { isPageFile, pageFile } from "./page-files.ts";
import { postEvents } from "./post-events.ts";
import { isOwnHost, isSameOrigin } from "./same-origin.ts";
import { type End, type Reading, Snapshots } from "./snapshot.ts";
import type { WatchedPipeline } from "./watched-pipeline.ts";

export interface DashboardOptions {
  readonly watched: WatchedPipeline;
  /** What the door has done, and what goes on behind the database. */
  readonly read: () => Pick<Reading, "door" | "airports" | "reports" | "threads" | "mostThreads">;
  /** How many rows the table has. */
  readonly countRows: () => Promise<number>;
  /** So long after nobody looks any more the producers end, in milliseconds. */
  readonly unwatchedMs?: number;
}

const EVERY_MS = 250;
const RATES_OVER_MS = 1_000;
export const MAX_READERS = 32;
/** Ten seconds. */
const MAX_SKIPS = 40;
const UNWATCHED_MS = 300_000;
const MAX_ORDER_BYTES = 4_096;

const SECURE = Object.freeze({
  "Content-Security-Policy":
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Resource-Policy": "same-origin",
});

/** The page on `/`: it shows what the gateway does, and lets a visitor make its life harder. */
export class Dashboard {
  readonly #options: DashboardOptions;
  readonly #load: Load;
  readonly #desk: ControlDesk;
  readonly #snapshots = new Snapshots(RATES_OVER_MS);
  readonly #stream: LiveStream;
  #listensOn = "";
  #url = "";
  #rowsAtStart: number | undefined;
  #end: End | undefined;
  #isStopping = false;
  #unwatched: NodeJS.Timeout | undefined;

  constructor(options: DashboardOptions) {
    const { watched } = options;
    this.#options = options;
    const run = `made-${randomBytes(6).toString("hex")}`;
    this.#load = new Load({ run, post: (lines) => postEvents(this.#url, lines) });
    this.#desk = new ControlDesk({
      watched,
      load: this.#load,
      onDrained: (summary) => void this.#drained(summary),
      onResume: () => (this.#end = undefined),
    });
    this.#stream = new LiveStream({
      everyMs: EVERY_MS,
      maxReaders: MAX_READERS,
      maxSkips: MAX_SKIPS,
      next: () => this.#message(),
      onNone: () => this.#unlessSomebodyLooks(),
      onFirst: () => {
        clearTimeout(this.#unwatched);
        this.#snapshots.clear();
        watched.latencies.clear();
      },
    });
  }

  /** Call it before anything comes in. */
  async start(): Promise<void> {
    this.#rowsAtStart = await this.#countRows();
  }

  /** Now there is somebody at the door. */
  listens(url: string, host: string): void {
    this.#url = reachable(url);
    this.#listensOn = host;
  }

  /** Nothing is made worse any more: the end must not wait for it. Whoever looks is still told how it goes. */
  calm(): void {
    this.#isStopping = true;
    clearTimeout(this.#unwatched);
    this.#desk.calm();
  }

  /** Tells everybody who looks for the last time. */
  close(): void {
    this.#stream.end();
  }

  owns(path: string): boolean {
    return path === "/live" || path === "/controls" || isPageFile(path);
  }

  async serve(exchange: Exchange, path: string): Promise<void> {
    const { response } = exchange;
    for (const [name, value] of Object.entries(SECURE)) response.setHeader(name, value);
    response.setHeader("Cache-Control", "no-store");
    const refused = this.#refusalOf(exchange, path);
    if (refused !== undefined) await send(exchange, refused);
    else if (path === "/live") await this.#tell(exchange);
    else if (path === "/controls") await send(exchange, await this.#obey(exchange));
    else await this.#sendFile(exchange, path);
  }

  #refusalOf({ request }: Exchange, path: string): Answer | undefined {
    const methods = path === "/controls" ? ["POST"] : path === "/live" ? ["GET"] : ["GET", "HEAD"];
    if (!methods.includes(request.method ?? "")) {
      const allow = methods.join(", ");
      return refusal(405, "method_not_allowed", `allowed here: ${allow}`, { Allow: allow });
    }
    // A link from elsewhere may lead to the page: only what it asks for in turn must come from it.
    const isOurs = isPageFile(path) ? isOwnHost : isSameOrigin;
    return isOurs(request, this.#listensOn) ? undefined : refusal(403, "other_origin", "only the page itself may ask");
  }

  async #sendFile(exchange: Exchange, path: string): Promise<void> {
    const file = await pageFile(path);
    if (file === undefined) await send(exchange, refusal(404, "not_found", "there is no such file"));
    else await sendBytes(exchange, 200, { "Content-Type": file.type }, file.bytes);
  }

  async #tell(exchange: Exchange): Promise<void> {
    const { response, body } = exchange;
    if (this.#stream.isFull) {
      await send(exchange, refusal(503, "too_many_readers", "too many are looking already", { "Retry-After": "5" }));
      return;
    }
    // What it might still send is of no interest.
    void body.discard(0, 0);
    response.writeHead(200, { "Content-Type": "text/event-stream; charset=utf-8", Connection: "close" });
    this.#stream.add(response);
  }

  async #obey({ request, response, body, ...exchange }: Exchange): Promise<Answer> {
    const { "content-type": type = "", "content-encoding": encoding = "identity" } = request.headers;
    if (!/^application\/json(; *charset=utf-8)?$/i.test(type) || encoding !== "identity") {
      return refusal(415, "unsupported_type", "send application/json");
    }
    if (!exchange.bodyComes) response.writeContinue();
    try {
      const chunks: Buffer[] = [];
      for (let chunk = await body.next(); chunk !== undefined; chunk = await body.next()) {
        chunks.push(chunk);
        if (body.bytes > MAX_ORDER_BYTES) throw new InputError(413, "order_too_large", "an order is a few numbers");
      }
      if (this.#isStopping) throw new NotNowError("the gateway is stopping");
      this.#desk.obey(parseOrder(Buffer.concat(chunks).toString()));
      if (this.#stream.size === 0) this.#unlessSomebodyLooks();
      return { status: 200, body: this.#desk.controls };
    } catch (error) {
      if (error instanceof InputError) return refusal(error.status, error.code, error.message);
      // Nobody will read it.
      if (error instanceof ClientGoneError) return refusal(400, "gone", error.message);
      if (error instanceof NotNowError) return refusal(409, "not_now", error.message);
      throw error;
    }
  }

  /** A page that was closed must not leave its producers at work for ever. */
  #unlessSomebodyLooks(): void {
    clearTimeout(this.#unwatched);
    const { unwatchedMs = UNWATCHED_MS } = this.#options;
    this.#unwatched = setTimeout(() => this.#load.end("unwatched"), unwatchedMs).unref();
  }

  async #drained({ accepted: taken, delivered: stored, dropped, abandoned }: Summary): Promise<void> {
    const refused = Object.values(dropped).reduce((sum, rows) => sum + rows, abandoned);
    const rows = await this.#countRows();
    const newRows = rows === undefined || this.#rowsAtStart === undefined ? null : rows - this.#rowsAtStart;
    const { repeated } = this.#options.read().airports;
    if (this.#options.watched.pipeline.state === "drained") this.#end = { taken, stored, refused, newRows, repeated };
  }

  /** Undefined: the database could not be asked, which keeps nobody from anything. */
  #countRows(): Promise<number | undefined> {
    return this.#options.countRows().catch(() => undefined);
  }

  #message(): string {
    const { watched, read } = this.#options;
    const { pipeline, latencies } = watched;
    const now = performance.now();
    const { limiter } = this.#desk;
    const snapshot = this.#snapshots.take(
      {
        state: this.#isStopping ? "stopping" : pipeline.state,
        books: pipeline.books,
        dispatcher: pipeline.stats(),
        capacity: pipeline.capacity,
        batchRows: watched.batchRows,
        sink: watched.health,
        latency: latencies.read(),
        limiter: limiter && { tokens: limiter.tokens(now), burst: limiter.burst },
        load: this.#load.stats(),
        controls: this.#desk.controls,
        end: this.#end,
        ...read(),
      },
      Math.round(now),
    );
    latencies.next();
    return `data: ${JSON.stringify(snapshot)}\n\n`;
  }
}

/** One that listens on every address is reached on that of this machine. */
export function reachable(url: string): string {
  return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}
