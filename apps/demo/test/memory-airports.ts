import { type AirportFigures, type AirportShare, NOTHING, sumOf } from "../src/airport-figures.ts";
import {
  type AirportRow,
  type AirportStore,
  type EventPage,
  FencedSaveError,
  type SaveOptions,
  type WaitingChoice,
} from "../src/airport-store.ts";
import type { EventRow } from "../src/events.ts";
import { lineSum } from "../src/line-sum.ts";

const PAGE_ROWS = 3;

/** What an insert has added to an airport. */
type Share = AirportFigures & { readonly addedAt: number };

/** The airports of a MemoryStore. */
export class MemoryAirports implements AirportStore {
  readonly saved = new Map<string, AirportFigures & { readonly version: number; readonly token: number }>();
  /** The outbox. */
  readonly shares = new Map<string, Share[]>();
  readonly #events: ReadonlyMap<string, EventRow>;
  /** Run ahead of each call: wait, or throw in its place. */
  beforeLoad: (airport: string) => void | Promise<void> = () => undefined;
  beforeSave: (airport: string) => void | Promise<void> = () => undefined;
  beforePage: (airport: string) => void | Promise<void> = () => undefined;

  constructor(events: ReadonlyMap<string, EventRow>) {
    this.#events = events;
  }

  /** What an insert does besides: as it is in memory, no answer gets lost between the two. */
  share(events: Iterable<EventRow>): string[] {
    const added = sharesOf(events);
    for (const { airport, ...figures } of added) {
      this.shares.set(airport, [...(this.shares.get(airport) ?? []), { ...figures, addedAt: performance.now() }]);
    }
    return added.map(({ airport }) => airport);
  }

  async load(airport: string): Promise<AirportRow> {
    await this.beforeLoad(airport);
    const row = this.saved.get(airport);
    return row === undefined ? { ...NOTHING, version: 0, others: this.saved.size } : { ...row, others: 0 };
  }

  async save(airport: string, { token }: SaveOptions = {}): Promise<void> {
    await this.beforeSave(airport);
    const shares = this.shares.get(airport);
    if (shares === undefined) return;
    const row = this.saved.get(airport) ?? { ...NOTHING, version: 0, token: 0 };
    if (token !== undefined && row.token > token) throw new FencedSaveError(airport);
    this.shares.delete(airport);
    this.saved.set(airport, { ...shares.reduce(sumOf, row), version: row.version + 1, token: token ?? row.token });
  }

  waiting({ olderThanMs, maxAirports }: WaitingChoice): Promise<string[]> {
    const latest = performance.now() - olderThanMs;
    const due = [...this.shares].filter(([, shares]) => shares.some(({ addedAt }) => addedAt <= latest));
    const names = due.map(([airport]) => airport);
    const isKnown = (airport: string): boolean => this.saved.has(airport);
    const room = Math.max(0, maxAirports - this.saved.size);
    return Promise.resolve([...names.filter(isKnown), ...names.filter((name) => !isKnown(name)).slice(0, room)]);
  }

  rows(): Promise<AirportShare[]> {
    const rows = [...this.saved].map(([airport, row]) => ({ airport, ...sumOf(NOTHING, row) }));
    return Promise.resolve(rows);
  }

  figures(): Promise<AirportShare[]> {
    return Promise.resolve(sharesOf(this.#events.values()));
  }

  async eventsOf(airport: string, afterId: string): Promise<EventPage | undefined> {
    await this.beforePage(airport);
    const rows = this.#rowsOf(airport)
      .filter(({ id }) => id > afterId)
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, PAGE_ROWS);
    const last = rows.at(-1);
    if (last === undefined) return undefined;
    return { text: rows.map((row) => `${lineOf(row)}\n`).join(""), lastId: last.id, isLast: false };
  }

  lineSums(): Promise<ReadonlyMap<string, bigint>> {
    const sums = new Map<string, bigint>();
    for (const row of this.#events.values()) {
      const airport = originOf(row);
      if (airport !== undefined) sums.set(airport, (sums.get(airport) ?? 0n) + lineSum(lineOf(row)));
    }
    return Promise.resolve(sums);
  }

  #rowsOf(airport: string): EventRow[] {
    return [...this.#events.values()].filter((row) => originOf(row) === airport);
  }
}

/** What rows add to each airport. */
export function sharesOf(rows: Iterable<EventRow>): AirportShare[] {
  const shares = new Map<string, AirportShare>();
  for (const row of rows) {
    const airport = originOf(row);
    const delay = delayOf(row);
    if (airport === undefined) continue;
    const one = { flights: 1, delayMinutes: delay ?? 0, delayed: Number((delay ?? 0) > 0), lastEvent: row.occurredAt };
    shares.set(airport, { airport, ...sumOf(shares.get(airport) ?? NOTHING, one) });
  }
  return [...shares.values()];
}

function lineOf(row: EventRow): string {
  const { id, occurredAt, payload } = row;
  const columns = JSON.stringify({ id, occurred_at: occurredAt, delay_minutes: delayOf(row) ?? null });
  return `${columns.slice(0, -1)},"payload":${payload}}`;
}

function originOf({ payload }: EventRow): string | undefined {
  const { origin } = JSON.parse(payload) as { readonly origin?: unknown };
  return typeof origin === "string" ? origin : undefined;
}

function delayOf({ payload }: EventRow): number | undefined {
  const { delay } = JSON.parse(payload) as { readonly delay?: unknown };
  return typeof delay === "number" ? delay : undefined;
}
