import { setMaxListeners } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Dispatcher } from "@disp/core";
import { airportIn } from "./airport-name.ts";
import { type Answer, drainingAnswer, DrainingError, intakeAnswer, refusal } from "./answer.ts";
import { type Counters, newCounters } from "./counters.ts";
import { DeliveryWindow, type WindowLimits } from "./delivery-window.ts";
import type { EventRow, EventRules } from "./events.ts";
import { takeIn } from "./intake.ts";
import { type BodyFormat, formatOf } from "./media-type.ts";
import { type BodyLimits, bodyTooLarge, ClientGoneError, RequestBody } from "./request-body.ts";
import { type Exchange, send } from "./send-answer.ts";

export interface GatewayLimits {
  readonly body: BodyLimits;
  readonly rules: EventRules;
  /** Per request: what may be handed to the dispatcher and not be stored yet. */
  readonly window: WindowLimits;
  readonly maxEventBytes: number;
  readonly maxEvents: number;
  readonly maxFailures: number;
  readonly maxConnections: number;
}

export const GATEWAY_LIMITS: GatewayLimits = Object.freeze({
  body: { maxBytes: 256 * 2 ** 20, idleMs: 30_000 },
  rules: { maxDepth: 64, required: [] },
  window: { maxRows: 2_000, maxBytes: 4 * 2 ** 20 },
  maxEventBytes: 256 * 2 ** 10,
  maxEvents: 1_000_000,
  maxFailures: 1_000,
  maxConnections: 256,
});

export interface GatewayOptions {
  readonly dispatcher: Pick<Dispatcher<EventRow>, "deliver">;
  /** What is known of an airport; undefined: there is none of this name. */
  readonly airport: (code: string) => Promise<object | undefined>;
  /** What the parts behind the door have done. */
  readonly stats: () => object;
  /** What else there is to see. */
  readonly page?: PageDoor;
  readonly limits?: Partial<GatewayLimits>;
}

/** Answers the requests for some paths by itself. */
export interface PageDoor {
  /** Told once where the gateway listens, and what it was told to listen on. */
  listens(url: string, host: string): void;
  owns(path: string): boolean;
  serve(exchange: Exchange, path: string): Promise<void>;
}

const AIRPORTS = "/airports/";

/** The HTTP door: what it has answered with 202 is in the table. */
export class Gateway {
  readonly counters: Counters = newCounters();
  readonly #dispatcher: GatewayOptions["dispatcher"];
  readonly #airport: GatewayOptions["airport"];
  readonly #stats: GatewayOptions["stats"];
  readonly #page: PageDoor | undefined;
  readonly #limits: GatewayLimits;
  readonly #server: Server;
  readonly #draining = new AbortController();

  constructor({ dispatcher, airport, stats, page, limits }: GatewayOptions) {
    this.#dispatcher = dispatcher;
    this.#airport = airport;
    this.#stats = stats;
    this.#page = page;
    this.#limits = { ...GATEWAY_LIMITS, ...limits };
    // Each request that is read listens to it: so many are no leak.
    setMaxListeners(this.#limits.maxConnections, this.#draining.signal);
    // A body may take as long as the database needs: instead of the whole request, each pause of the client is limited.
    this.#server = createServer({ requestTimeout: 0, headersTimeout: 10_000, connectionsCheckingInterval: 5_000 });
    this.#server.maxConnections = this.#limits.maxConnections;
    this.#server.on("request", (request, response) => void this.#handle(request, response));
    // The client asks before it sends its body: it is told to go on only when the body will be read.
    this.#server.on("checkContinue", (request, response) => void this.#handle(request, response));
  }

  /** Resolves with the URL once connections are accepted. */
  async listen(port: number, host: string): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      const failed = (error: NodeJS.ErrnoException): void => reject(notListening(error, port, host));
      this.#server.once("error", failed);
      this.#server.listen(port, host, () => {
        this.#server.off("error", failed);
        resolve();
      });
    });
    const { address, port: chosen, family } = this.#server.address() as AddressInfo;
    const url = `http://${family === "IPv6" ? `[${address}]` : address}:${chosen}`;
    this.#page?.listens(url, host);
    return url;
  }

  /** No new connections and requests; running requests read no further and answer with what they got stored. */
  drain(): void {
    if (this.#draining.signal.aborted) return;
    this.#draining.abort(new DrainingError("the gateway is stopping"));
    this.#server.close();
  }

  /** Drains, and resolves when the last answer was sent, or when `graceMs` is over and connections were cut. */
  async close(graceMs: number): Promise<void> {
    this.drain();
    if (!this.#server.listening && (await this.#connections()) === 0) return;
    const cut = setTimeout(() => this.#server.closeAllConnections(), graceMs);
    await new Promise<void>((resolve) => this.#server.once("close", resolve));
    clearTimeout(cut);
  }

  #connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.#server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
    );
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bodyComes = request.headers.expect === undefined;
    const exchange: Exchange = { request, response, body: new RequestBody(request, this.#limits.body), bodyComes };
    response.on("error", () => undefined);
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    try {
      if (this.#page?.owns(path) === true) {
        await this.#page.serve(exchange, path);
        return;
      }
      this.#countWhenLeft(response);
      const answer = await this.#answer(exchange, path);
      if (this.#draining.signal.aborted && !response.headersSent) response.setHeader("Connection", "close");
      if (answer !== undefined) await send(exchange, answer);
    } catch (error) {
      console.error("A request failed unexpectedly:", error);
      response.destroy();
    }
  }

  #countWhenLeft(response: ServerResponse): void {
    response.on("close", () => {
      if (!response.writableFinished) this.counters.disconnected++;
    });
  }

  async #answer(exchange: Exchange, path: string): Promise<Answer | undefined> {
    const { request } = exchange;
    switch (path) {
      case "/events":
        return request.method === "POST" ? this.#take(exchange) : notAllowed("POST");
      case "/health":
        return isReading(request) ? this.#health() : notAllowed("GET, HEAD");
      case "/stats":
        return isReading(request) ? { status: 200, body: this.stats() } : notAllowed("GET, HEAD");
      default:
        return path.startsWith(AIRPORTS) ? this.#find(request, path.slice(AIRPORTS.length)) : nothingHere();
    }
  }

  async #find(request: IncomingMessage, encoded: string): Promise<Answer> {
    if (!isReading(request)) return notAllowed("GET, HEAD");
    const code = airportIn(encoded);
    if (code === undefined) return noAirport();
    try {
      const airport = await this.#airport(code);
      return airport === undefined ? noAirport() : { status: 200, body: airport };
    } catch (error) {
      console.error(`Airport ${JSON.stringify(code)} could not be looked up:`, error);
      return refusal(503, "unavailable", "the airport could not be looked up", { "Retry-After": "1" });
    }
  }

  #health(): Answer {
    return this.#draining.signal.aborted ? drainingAnswer() : { status: 200, body: { status: "ok" } };
  }

  stats(): { gateway: Counters } {
    return { gateway: this.counters, ...this.#stats() };
  }

  async #take(exchange: Exchange): Promise<Answer | undefined> {
    const { request, response, body } = exchange;
    this.counters.requests++;
    if (this.#draining.signal.aborted) return drainingAnswer();
    const format = this.#formatOf(request);
    if ("status" in format) return format;
    if (!exchange.bodyComes) response.writeContinue();
    exchange.bodyComes = true;
    this.counters.open++;
    response.once("close", () => this.counters.open--);
    const window = new DeliveryWindow((row) => this.#dispatcher.deliver(row), this.#limits.window);
    const problem = await this.#read(body, format, window);
    this.#count(body, window, problem);
    if (problem instanceof ClientGoneError) return undefined;
    const answer = intakeAnswer(window, problem, format.unit);
    if (answer.status === 500) console.error("A body could not be read:", problem);
    return answer;
  }

  async #read(body: RequestBody, format: BodyFormat, window: DeliveryWindow): Promise<unknown> {
    const { signal } = this.#draining;
    const stop = (): void => body.interrupt(signal.reason);
    signal.addEventListener("abort", stop);
    try {
      const { rules, maxEvents, maxFailures, maxEventBytes } = this.#limits;
      const options = { rules, maxEvents, maxFailures, signal, counters: this.counters };
      return await takeIn(body, format.splitter(maxEventBytes), window, options);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** What can be refused before the body is looked at. */
  #formatOf(request: IncomingMessage): BodyFormat | Answer {
    const { maxBytes } = this.#limits.body;
    if (Number(request.headers["content-length"] ?? 0) > maxBytes) {
      const { status, code, message } = bodyTooLarge(maxBytes);
      return refusal(status, code, message);
    }
    const encoding = request.headers["content-encoding"] ?? "identity";
    if (encoding !== "identity") return refusal(415, "unsupported_encoding", "send the body without Content-Encoding");
    const accepted = "application/json or application/x-ndjson, in UTF-8";
    return formatOf(request.headers["content-type"]) ?? refusal(415, "unsupported_type", `send ${accepted}`);
  }

  #count(body: RequestBody, window: DeliveryWindow, problem: unknown): void {
    this.counters.bytes += body.bytes;
    this.counters.stored += window.stored.size;
    this.counters.notStored += window.failures.length;
    if (problem === undefined || problem instanceof ClientGoneError) return;
    const name = problem instanceof Error ? ("code" in problem ? String(problem.code) : problem.name) : "unknown";
    this.counters.errors[name] = (this.counters.errors[name] ?? 0) + 1;
  }
}

function notListening(error: NodeJS.ErrnoException, port: number, host: string): Error {
  if (error.code !== "EADDRINUSE") return error;
  return new Error(
    `Cannot listen: port ${port} of ${host} must be free, and another program listens there (EADDRINUSE)`,
  );
}

function nothingHere(): Answer {
  return refusal(
    404,
    "not_found",
    "there are GET / in a browser, POST /events, GET /airports/<code>, GET /health and GET /stats",
  );
}

function noAirport(): Answer {
  return refusal(404, "unknown_airport", "no event that is stored came from there");
}

function isReading({ method }: IncomingMessage): boolean {
  return method === "GET" || method === "HEAD";
}

function notAllowed(allow: string): Answer {
  return refusal(405, "method_not_allowed", `allowed here: ${allow}`, { Allow: allow });
}
