import { reportError } from "@disp/hooks";
import { show } from "@disp/options";

/** What becomes of a batch that failed: it is given up, or tried again, after so many milliseconds or as the policy says. */
export type Verdict = "drop" | { readonly delayMs: number | undefined };

const AS_THE_POLICY_SAYS: Verdict = { delayMs: undefined };

/** Reads what `onError` returned. Nonsense is reported, and counts as nothing: then the retry policy decides. */
export function verdictOf(decision: unknown): Verdict {
  if (decision === undefined || decision === null || decision === "retry") return AS_THE_POLICY_SAYS;
  if (decision === "drop") return "drop";
  const hasDelay = typeof decision === "object" && "retryAfterMs" in decision;
  const delayMs = hasDelay ? decision.retryAfterMs : undefined;
  if (typeof delayMs === "number" && delayMs >= 0 && delayMs < Infinity) return { delayMs };
  if (!hasDelay || delayMs !== undefined) {
    const rule = 'onError must return "retry", "drop", { retryAfterMs: a number >= 0 } or nothing';
    const got = hasDelay ? `a retryAfterMs of ${show(delayMs)}` : show(decision);
    reportError(new TypeError(`Cannot retry: ${rule}, got ${got}`));
  }
  return AS_THE_POLICY_SAYS;
}
