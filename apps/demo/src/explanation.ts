import { ItemDroppedError } from "@disp/core";
import { RefusedRowError } from "./refused-row.ts";

/** Why a row is not in the table, in the client's terms. */
export interface Explanation {
  /** "refused": the database will never take it; "unavailable": sending it again later may help. */
  readonly kind: "refused" | "unavailable";
  readonly code: string;
  readonly message: string;
}

export function explain(error: unknown): Explanation {
  if (!(error instanceof ItemDroppedError)) return unavailable("closed", "the gateway is stopping");
  const { cause } = error;
  if (cause instanceof RefusedRowError) return { kind: "refused", code: cause.code, message: cause.message };
  if (error.reason === "overflow") return unavailable("overflow", "there was no room for it");
  // The cause names hosts and users of the database: that is for the operator, not for the client.
  return unavailable(error.reason.replaceAll("-", "_"), "the database could not be reached");
}

function unavailable(code: string, message: string): Explanation {
  return { kind: "unavailable", code, message };
}
