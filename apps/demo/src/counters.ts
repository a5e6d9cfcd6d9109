/** What the gateway has done since it started. */
export interface Counters {
  /** Requests to POST /events. */
  requests: number;
  /** Requests to POST /events that were begun and have no answer yet. */
  open: number;
  /** Requests whose client went away before it had its answer. */
  disconnected: number;
  /** Bytes of bodies read. */
  bytes: number;
  /** Events that were well-formed and went on to be stored. */
  accepted: number;
  /** Events that are in the table for certain. */
  stored: number;
  /** Well-formed events that could not be stored. */
  notStored: number;
  /** Requests refused, by the code of their error. */
  errors: Record<string, number>;
  /** Requests that read nothing at the moment, for their share of undelivered events is used up. */
  waiting: number;
}

export function newCounters(): Counters {
  return {
    requests: 0,
    open: 0,
    disconnected: 0,
    bytes: 0,
    accepted: 0,
    stored: 0,
    notStored: 0,
    errors: {},
    waiting: 0,
  };
}
