/** The reason with which everything is called off at a deadline of `drain`. */
export function drainTimeout(timeoutMs: number): DOMException {
  return new DOMException(
    `Cannot drain: everything must be sent within ${timeoutMs} ms (timeoutMs), got items that were not`,
    "TimeoutError",
  );
}
