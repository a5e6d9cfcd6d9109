/**
 * Makes an error that has no other way out visible, once, as an unhandled rejection: whoever calls this goes on, and
 * the process decides what a bug in a hook is worth.
 */
export function reportError(error: unknown): void {
  void Promise.reject(error);
}

/** Calls a hook; what it throws is reported and goes no further. */
export function callHook<Argument, Result>(
  hook: ((argument: Argument) => Result) | undefined,
  argument: Argument,
): Result | undefined {
  try {
    return hook?.(argument);
  } catch (error) {
    reportError(error);
    return undefined;
  }
}
