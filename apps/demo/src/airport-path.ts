import { MAX_NAME_LENGTH } from "./airport-sql.ts";

/** The airport that a path names; undefined: there can be none of this name. */
export function airportIn(encoded: string): string | undefined {
  let name: string;
  try {
    name = decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
  // The database cannot even be asked about a zero character.
  return name !== "" && [...name].length <= MAX_NAME_LENGTH && !name.includes("\0") ? name : undefined;
}
