import type { Refusal } from "./refused-row.ts";

/**
 * The SQLSTATE classes that speak about the row itself: data exceptions (22), broken constraints (23), values beyond a
 * limit of the database (54). Everything else, a code that is unknown included, may pass if it is tried again, and trying
 * again is harmless, for rows have ids.
 */
const ABOUT_THE_ROW = new Set(["22", "23", "54"]);

/** What the database has against a row, or undefined if the error is not about a row. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  const { code, message } = error;
  return /^[0-9A-Z]{5}$/.test(code) && ABOUT_THE_ROW.has(code.slice(0, 2)) ? { code, message } : undefined;
}
