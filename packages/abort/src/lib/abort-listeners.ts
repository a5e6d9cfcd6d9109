/** Whoever wants to hear of an abort. */
export interface AbortListener {
  /** Called once, when the signal is aborted. Look at the signal for the reason. */
  handleAbort(): void;
}

/** Listens to one signal on behalf of many. */
class Switchboard {
  readonly listeners = new Set<AbortListener>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(listener: AbortListener): void {
    if (this.listeners.size === 0) this.#signal.addEventListener("abort", this);
    this.listeners.add(listener);
  }

  remove(listener: AbortListener): void {
    if (this.listeners.delete(listener) && this.listeners.size === 0) this.#signal.removeEventListener("abort", this);
  }

  /** Called by the signal. */
  handleEvent(): void {
    this.#signal.removeEventListener("abort", this);
    for (const listener of this.listeners) {
      this.listeners.delete(listener);
      try {
        listener.handleAbort();
      } catch (error) {
        // As with real listeners: one that throws keeps nobody else from hearing, and its error surfaces by itself.
        void Promise.reject(error);
      }
    }
  }
}

const switchboards = new WeakMap<AbortSignal, Switchboard>();

/**
 * Calls `listener` when `signal` is aborted. All listeners of a signal share one real one, in the order in which they
 * came: a thousand waits on the signal of one request are no leak, and Node does not warn of one.
 *
 * A signal that is aborted already calls nobody: check `signal.aborted` first.
 */
export function addAbortListener(signal: AbortSignal, listener: AbortListener): void {
  let switchboard = switchboards.get(signal);
  if (switchboard === undefined) {
    switchboard = new Switchboard(signal);
    switchboards.set(signal, switchboard);
  }
  switchboard.add(listener);
}

/** Undoes {@link addAbortListener}. With the last listener gone, nothing is left on the signal. */
export function removeAbortListener(signal: AbortSignal, listener: AbortListener): void {
  switchboards.get(signal)?.remove(listener);
}
