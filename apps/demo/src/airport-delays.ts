import type { AnswerRow, Question, Tally } from "./question.ts";

const SHOWN = 10;

/** Where do flights leave late? Every airport is compared, the worst are shown. */
export const airportDelays: Question = {
  title: "Delay by airport of departure",
  sql: (table) => `
    select * from (
      select payload->>'origin' as airport, count(*)::int as flights, sum((payload->>'delay')::int)::int as minutes
      from ${table}
      group by 1
    ) as airports
    order by minutes desc, airport collate "C"`,
  tally: () => new AirportTally(),
  show(rows) {
    const worst = rows.slice(0, SHOWN).map(({ airport, flights, minutes }) => {
      const mean = (Number(minutes) / Number(flights)).toFixed(1);
      return line(String(airport), grouped(flights), grouped(minutes), mean);
    });
    const rest = rows.length > SHOWN ? [`... and ${rows.length - SHOWN} more airports`] : [];
    return [line("airport", "flights", "minutes late", "mean"), ...worst, ...rest];
  },
};

function line(airport: string, ...figures: readonly string[]): string {
  return [airport.padEnd(8), ...figures.map((figure) => figure.padStart(13))].join("");
}

class AirportTally implements Tally {
  readonly #airports = new Map<string, { flights: number; minutes: number }>();

  add(event: Readonly<Record<string, unknown>>): void {
    const airport = String(event["origin"]);
    const seen = this.#airports.get(airport) ?? { flights: 0, minutes: 0 };
    seen.flights++;
    seen.minutes += Number(event["delay"]);
    this.#airports.set(airport, seen);
  }

  rows(): AnswerRow[] {
    return [...this.#airports]
      .map(([airport, { flights, minutes }]) => ({ airport, flights, minutes }))
      .sort((a, b) => b.minutes - a.minutes || (a.airport < b.airport ? -1 : 1));
  }
}

function grouped(value: string | number | undefined): string {
  return Number(value).toLocaleString("en-US");
}
