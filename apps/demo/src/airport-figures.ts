/** What is known of the events of an airport. */
export interface AirportFigures {
  readonly flights: number;
  /** Of all flights together; those that left early count against it. */
  readonly delayMinutes: number;
  /** Flights that left late. */
  readonly delayed: number;
  /** When the last of them happened, RFC 3339; null when none says so. */
  readonly lastEvent: string | null;
}

/** What a statement has added to one airport. */
export interface AirportShare extends AirportFigures {
  readonly airport: string;
}

export const NOTHING: AirportFigures = Object.freeze({ flights: 0, delayMinutes: 0, delayed: 0, lastEvent: null });

export function sumOf(a: AirportFigures, b: AirportFigures): AirportFigures {
  return {
    flights: a.flights + b.flights,
    delayMinutes: a.delayMinutes + b.delayMinutes,
    delayed: a.delayed + b.delayed,
    lastEvent: laterOf(a.lastEvent, b.lastEvent),
  };
}

export function sameFigures(a: AirportFigures, b: AirportFigures): boolean {
  return textOf(a) === textOf(b);
}

/** Whatever else the object has is left out. */
export function textOf({ flights, delayMinutes, delayed, lastEvent }: AirportFigures): string {
  return JSON.stringify({ flights, delayMinutes, delayed, lastEvent });
}

/** All in UTC, and written alike: they compare as texts. */
function laterOf(a: string | null, b: string | null): string | null {
  if (a === null || b === null) return a ?? b;
  return a > b ? a : b;
}
