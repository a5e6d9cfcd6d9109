const TICK_MS = 100;
/** After a stall it makes up for so much and no more. */
const LONGEST_MS = 1_000;
const EVENTS_PER_REQUEST = 250;
/** Producers: each has one request under way. While all wait for their answers, nothing is sent. */
export const PRODUCERS = 24;
/** A page that was forgotten must not fill the disk. */
export const MOST_EVENTS = 1_000_000;
const POISONED = 64;

export interface LoadOptions {
  /** Sends lines to the door, and resolves when they were answered, or not answered, in whatever way. */
  readonly post: (lines: string) => Promise<void>;
  /** The ids of all events begin with it. */
  readonly run: string;
}

/** Why nothing more is sent, though nobody has said so: all was sent, or nobody has looked for a while. */
export type LoadEnd = "all-sent" | "unwatched";

export interface LoadStats {
  readonly sent: number;
  /** Requests that wait for their answer. */
  readonly unanswered: number;
  readonly producers: number;
  /** Events that were due, and were not sent, for all producers were waiting. */
  readonly heldBack: number;
  /** Null: it was not ended, or not by itself. */
  readonly ended: LoadEnd | null;
}

/** Producers that send so many events per second through the door, and wait for its answers as clients do. */
export class Load {
  readonly #post: LoadOptions["post"];
  readonly #run: string;
  #ratePerSecond = 0;
  #timer: NodeJS.Timeout | undefined;
  #lastAt = 0;
  /** Events that are due, in thousandths. */
  #due = 0;
  #left = 0;
  #sent = 0;
  #unanswered = 0;
  #heldBack = 0;
  #ended: LoadEnd | null = null;
  #isOver = false;

  constructor({ post, run }: LoadOptions) {
    this.#post = post;
    this.#run = run;
  }

  get ratePerSecond(): number {
    return this.#ratePerSecond;
  }

  /** From now on; 0 = none. Without an order it ends after a million events. */
  set(ratePerSecond: number): void {
    this.#ratePerSecond = this.#isOver ? 0 : ratePerSecond;
    this.#left = MOST_EVENTS;
    this.#ended = null;
    if (this.#ratePerSecond === 0) this.#rest();
    else if (this.#timer === undefined) this.#begin();
  }

  /**
   * Sends some events of which the database will refuse one.
   *
   * @returns false when all producers are waiting: nothing was sent.
   */
  poison(): boolean {
    if (this.#unanswered >= PRODUCERS || this.#isOver) return false;
    this.#send(POISONED, POISONED >> 1);
    return true;
  }

  /** Until the next order. */
  end(why: LoadEnd): void {
    if (this.#ratePerSecond === 0) return;
    this.set(0);
    this.#ended = why;
  }

  /** For good. What is under way is still answered. */
  stop(): void {
    this.set(0);
    this.#isOver = true;
  }

  stats(): LoadStats {
    return {
      sent: this.#sent,
      unanswered: this.#unanswered,
      producers: PRODUCERS,
      heldBack: this.#heldBack,
      ended: this.#ended,
    };
  }

  #begin(): void {
    this.#lastAt = performance.now();
    this.#due = 0;
    this.#timer = setInterval(() => this.#tick(performance.now()), TICK_MS);
  }

  #rest(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(now: number): void {
    this.#due += this.#ratePerSecond * Math.min(now - this.#lastAt, LONGEST_MS);
    this.#lastAt = now;
    let events = Math.min(Math.floor(this.#due / 1_000), this.#left);
    this.#due %= 1_000;
    for (; events > 0 && this.#unanswered < PRODUCERS; events -= EVENTS_PER_REQUEST) {
      this.#send(Math.min(events, EVENTS_PER_REQUEST));
    }
    if (events > 0) this.#heldBack += events;
    if (this.#left === 0) this.end("all-sent");
  }

  #send(events: number, poisonedAt?: number): void {
    const lines = Array.from({ length: events }, (_, n) => eventLine(this.#run, this.#sent + n, n === poisonedAt));
    this.#sent += events;
    this.#left = Math.max(0, this.#left - events);
    this.#unanswered++;
    void this.#post(lines.join("")).finally(() => this.#unanswered--);
  }
}

const AIRPORTS = ["ATL", "BOS", "DEN", "DFW", "JFK", "LAX", "MIA", "ORD", "PHX", "SEA", "SFO", "STL"];

/** Text with a zero character is JSON, and PostgreSQL cannot store it. */
function eventLine(run: string, n: number, isPoisoned: boolean): string {
  const origin = AIRPORTS[n % AIRPORTS.length];
  const event = { id: `${run}-${n}`, type: "made", origin, delay: ((n * 7) % 70) - 10 };
  return `${JSON.stringify(isPoisoned ? { ...event, text: "\0" } : event)}\n`;
}
