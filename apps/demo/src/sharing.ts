import { type AsyncLimiter, type DedupStore, type KeyLock, type Limiter, RateLimiter } from "@disp/core";

/** What the gateways of one table have to agree on. */
export interface Sharing {
  /** How often they send a statement, all together. */
  readonly rateLimit: Limiter | AsyncLimiter;
  /** Who saves the row of an airport. Undefined: there is nobody else. */
  readonly rowLock: KeyLock | undefined;
  /** Who builds the report of an airport, and when it was begun. Undefined: this one knows it all by itself. */
  readonly reportKeys: DedupStore | undefined;
  /** Who looks for what nobody has done. */
  readonly sweepKeys: DedupStore | undefined;
  /** Gives back what is held. Call it when nothing is under way any more. */
  close(): Promise<void>;
}

/** Kind to a database that others use as well. */
export const STATEMENT_LIMIT = Object.freeze({ ratePerSecond: 200, burst: 10 });

/** For a gateway that is alone with its table; or that does not care, for rows are right in any case. */
export function shareNothing(): Sharing {
  return {
    rateLimit: new RateLimiter(STATEMENT_LIMIT),
    rowLock: undefined,
    reportKeys: undefined,
    sweepKeys: undefined,
    close: () => Promise.resolve(),
  };
}
