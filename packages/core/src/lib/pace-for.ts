import type { AsyncLimiter, Limiter } from "@disp/ratelimit";
import { AsyncLimiterPace } from "./async-limiter-pace.ts";
import { LimiterPace } from "./limiter-pace.ts";
import { FreePace, type Pace } from "./pace.ts";

/**
 * The pace that a rate limit sets. A limiter that can answer at once is asked to: its reservations can be given back.
 *
 * @param wake - Called when a permit may be had at another time than the pace said.
 */
export function paceFor(rateLimit: Limiter | AsyncLimiter | undefined, wake: () => void): Pace {
  if (rateLimit === undefined) return new FreePace();
  return "reserve" in rateLimit ? new LimiterPace(rateLimit, wake) : new AsyncLimiterPace(rateLimit, wake);
}
