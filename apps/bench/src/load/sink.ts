import { setImmediate as nextTurn } from "node:timers/promises";
import { coreTime } from "./clock.ts";

/** What becomes of a request. */
export interface Answer {
  /** How long it keeps a server busy. */
  readonly serviceMs: number;
  /** Whether the items get in. */
  readonly applies: boolean;
  /** What the caller is told: nothing bad, an error, or nothing at all. */
  readonly reply: "done" | "nothing" | Error;
}

export interface SinkOptions {
  /** So many requests are served at once; more stand in line. */
  readonly servers: number;
  /** Asked when the service begins. */
  readonly answer: (items: readonly number[]) => Answer;
  /** Told of each request that applied, at the end of its service. */
  readonly onItems: (items: readonly number[], now: number, key: number) => void;
}

interface Request {
  readonly items: readonly number[];
  readonly key: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

interface Service extends Request {
  readonly answer: Answer;
  readonly endsAt: number;
}

/**
 * A sink whose service takes a known time. Timers would be a millisecond late and more, so it is asked in each turn of
 * the event loop whether somebody is done: see {@link Sink.serveUntil}.
 */
export class Sink {
  readonly #options: SinkOptions;
  #served: Service[] = [];
  readonly #line: Request[] = [];
  /** How many requests there were, and items in them. */
  requests = 0;
  items = 0;

  constructor(options: SinkOptions) {
    this.#options = options;
  }

  get isIdle(): boolean {
    return this.#served.length === 0;
  }

  /**
   * Resolves or rejects when the service is over.
   *
   * @param key - What makes this request known again, if that is of interest.
   */
  send(items: readonly number[], key = 0): Promise<void> {
    this.requests++;
    this.items += items.length;
    return new Promise((resolve, reject) => {
      const request = { items, key, resolve, reject };
      if (this.#served.length < this.#options.servers) this.#serve(request, coreTime());
      else this.#line.push(request);
    });
  }

  /** Keeps the event loop turning, and the service going on, until then. */
  async serveUntil(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      this.finishDue(coreTime());
      await nextTurn();
    }
  }

  /** Ends each service that has taken its time. */
  finishDue(now: number): void {
    if (!this.#served.some(({ endsAt }) => endsAt <= now)) return;
    const due = this.#served.filter(({ endsAt }) => endsAt <= now).sort((a, b) => a.endsAt - b.endsAt);
    this.#served = this.#served.filter(({ endsAt }) => endsAt > now);
    for (const service of due) this.#finish(service, now);
    while (this.#served.length < this.#options.servers && this.#line.length > 0)
      this.#serve(this.#line.shift() as Request, now);
  }

  #serve(request: Request, now: number): void {
    const answer = this.#options.answer(request.items);
    this.#served.push({ ...request, answer, endsAt: now + answer.serviceMs });
  }

  #finish({ items, key, answer, resolve, reject }: Service, now: number): void {
    const { applies, reply } = answer;
    if (applies) this.#options.onItems(items, now, key);
    if (reply === "done") resolve();
    else if (reply !== "nothing") reject(reply);
  }
}
