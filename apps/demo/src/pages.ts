import type { MessagePort } from "node:worker_threads";

// Pages go from one thread to another through a port: one for each request, null when there are no more. Who asks has one
// page in hand and one on its way, so memory is bounded on both sides. A port that is closed ends it from either side.

/** Sends page after page, as they are asked for. */
export class PageSender {
  readonly #port: MessagePort;
  #failure: { readonly error: unknown } | undefined;

  constructor(port: MessagePort, pages: AsyncIterator<Uint8Array<ArrayBuffer>>) {
    this.#port = port;
    port.on("message", () => void this.#answer(pages));
  }

  /** Why there were no more pages, if that is so. */
  get failure(): { readonly error: unknown } | undefined {
    return this.#failure;
  }

  close(): void {
    this.#port.close();
  }

  async #answer(pages: AsyncIterator<Uint8Array<ArrayBuffer>>): Promise<void> {
    try {
      const next = await pages.next();
      if (next.done === true) this.#port.postMessage(null);
      else this.#port.postMessage(next.value, [next.value.buffer]);
    } catch (error) {
      this.#failure = { error };
      this.#port.close();
    }
  }
}

/** @throws Error when the other side has closed the port; the signal's reason. */
export async function* receivePages(port: MessagePort, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const ended = new AbortController();
  port.once("close", () => ended.abort(new Error("Cannot read on: the events must come to an end, got a closed port")));
  const stop = AbortSignal.any([ended.signal, signal]);
  try {
    let coming = nextPage(port, stop);
    for (let page = await coming; page !== null; page = await coming) {
      coming = nextPage(port, stop);
      // It is looked at later, when the page before it has been worked on.
      coming.catch(() => undefined);
      yield page;
    }
  } finally {
    port.close();
  }
}

function nextPage(port: MessagePort, stop: AbortSignal): Promise<Uint8Array | null> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(stop.reason as Error);
    stop.addEventListener("abort", giveUp, { once: true });
    if (stop.aborted) giveUp();
    port.once("message", (page: Uint8Array | null) => {
      stop.removeEventListener("abort", giveUp);
      resolve(page);
    });
    port.postMessage("next");
  });
}
