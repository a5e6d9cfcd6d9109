type Schedule = (callback: () => void) => unknown;

/** Both are taken when the module is loaded, so that fake timers do not stop them. */
const { setImmediate, setTimeout } = globalThis as { readonly setImmediate?: Schedule; readonly setTimeout: Schedule };
const schedule = setImmediate ?? setTimeout;

/** Calls back once all that is ready in this turn of the event loop had its chance: I/O, timers and what they set off. */
export function afterThisTurn(callback: () => void): void {
  schedule(callback);
}
