/** The reason with which everything is called off at a deadline of `drain`. */
export function drainTimeout(timeoutMs: number): DOMException {
  return new DOMException(
    `Cannot drain: all sends must settle within ${timeoutMs} ms, got one that did not`,
    "TimeoutError",
  );
}
