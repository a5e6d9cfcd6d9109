/** The name of a table, as SQL wants it. */
export function quoted(table: string): string {
  if (!/^[a-z_][a-z0-9_]{0,62}$/.test(table)) {
    throw new RangeError(`Cannot name a table: it must be lower-case letters, digits and _, got ${table}`);
  }
  return `"${table}"`;
}
