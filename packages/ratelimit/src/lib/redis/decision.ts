/** What `check` says: a value, not an error, since to be turned away is nothing unusual. */
export type RateLimitDecision =
  | {
      /** The tokens were taken. */
      readonly allowed: true;
      /** Whole tokens that are left, of the tightest tier. */
      readonly remaining: number;
    }
  | {
      /** Nothing was taken. */
      readonly allowed: false;
      /** Whole tokens that are there, of the tightest tier: fewer than were asked for, or kept for those who wait. */
      readonly remaining: number;
      /**
       * Whole milliseconds until the tokens could be had, if nobody else took them; Infinity = never, since that is more
       * than the burst.
       */
      readonly retryAfterMs: number;
    };
