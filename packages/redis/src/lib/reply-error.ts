/** The first word of an error that a server sends: `NOSCRIPT`, `WRONGTYPE`, `ERR` and so on. */
const CODE = /^-?([A-Z][A-Z0-9_]*)(?=\s|$)/;

/** Replies of a server that is there and cannot serve now. */
const CANNOT_SERVE = new Set([
  "BUSY",
  "CLUSTERDOWN",
  "LOADING",
  "MASTERDOWN",
  "MISCONF",
  "NOREPLICAS",
  "OOM",
  "READONLY",
  "TRYAGAIN",
  "UNBLOCKED",
]);

/**
 * The code of an error that came from the server; undefined = it came from the client. Clients have no class for it in
 * common, but none of them words its own errors so.
 */
export function replyCode(error: unknown): string | undefined {
  return error instanceof Error ? CODE.exec(error.message)?.[1] : undefined;
}

/** Whether an error of the server says that it cannot serve now, and may do so later. */
export function cannotServe(code: string): boolean {
  return CANNOT_SERVE.has(code);
}
