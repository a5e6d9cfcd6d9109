/** Longer names are no airports: a client decides what there are. Characters are counted as the database does. */
export const MAX_NAME_LENGTH = 64;

export function canBeAirport(name: string): boolean {
  return name !== "" && Array.from(name).length <= MAX_NAME_LENGTH;
}

/** The airport that a part of a path names; undefined: there can be none of this name. */
export function airportIn(encoded: string): string | undefined {
  try {
    const name = decodeURIComponent(encoded);
    // The database cannot even be asked about a zero character.
    return canBeAirport(name) && !name.includes("\0") ? name : undefined;
  } catch {
    return undefined;
  }
}
