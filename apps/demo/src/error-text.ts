/** What went wrong, and why: the messages of an error and of its causes. */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Some have no message but a code, or several errors: a refused connection, for one.
  const code = "code" in error ? String(error.code) : "";
  const text = error.message || code || error.name;
  const cause = error.cause === undefined ? text : errorText(error.cause);
  // One that was only passed on says the same.
  return cause === text ? text : `${text}: ${cause}`;
}
