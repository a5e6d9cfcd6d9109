import { addAbortListener, removeAbortListener } from "@disp/abort";

/** Settles like `promise`, unless `signal` is aborted first: then it rejects with the signal's reason. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const listener = { handleAbort: () => reject(signal.reason) };
    if (signal.aborted) listener.handleAbort();
    else addAbortListener(signal, listener);
    void promise.then(resolve, reject).finally(() => removeAbortListener(signal, listener));
  });
}
