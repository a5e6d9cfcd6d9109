import type { Summary } from "./summary.ts";

/** What a stream needs of the dispatcher behind it. */
export interface StreamTarget<T> {
  /** Hands in an item; a promise when it has to wait for room. */
  take(item: T): Promise<void> | undefined;
  drain(): Promise<Summary>;
  callOff(reason: unknown): void;
  readonly drained: Promise<Summary>;
}

/** A stream that hands in what is written to it. Closing it drains, aborting it calls everything off. */
export function writableInto<T>(target: StreamTarget<T>): WritableStream<T> {
  return new WritableStream<T>({
    // A stream hears of its abort only after the write that waits for room: that one has to be ended first.
    start: (controller) => {
      const { signal } = controller as WritableStreamDefaultController & { readonly signal: AbortSignal };
      signal.addEventListener("abort", () => target.callOff(signal.reason), { once: true });
    },
    write: (item) => target.take(item),
    close: async () => {
      await target.drain();
    },
    abort: async (reason) => {
      target.callOff(reason);
      await target.drained;
    },
  });
}
