import { show } from "@disp/options";

/**
 * The reason with which everything is called off at a deadline of `drain`.
 *
 * @param failure - What the last send failed with, if it did: likely the reason why so much is left.
 */
export function drainTimeout(timeoutMs: number, failure: { readonly cause: unknown } | undefined): DOMException {
  const rule = `everything must be sent within ${timeoutMs} ms (timeoutMs)`;
  const words = failure === undefined ? "" : `, the last send failed with ${show(failure.cause)}`;
  const error = new DOMException(`Cannot drain: ${rule}, got items that were not${words}`, "TimeoutError");
  // Its constructor takes no cause in Node 20.
  if (failure !== undefined) Object.defineProperty(error, "cause", { value: failure.cause });
  return error;
}
