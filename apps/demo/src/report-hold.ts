/** With more events an airport is reported less often, in proportion: what is read for its reports in a while stays the same. */
const EVENTS_PER_HOLD = 20_000;

/** How long after a report of so many events was asked for no other is begun, in milliseconds. */
export function reportHold(holdMs: number, events: number): number {
  return Math.round(holdMs * Math.max(1, events / EVENTS_PER_HOLD));
}
