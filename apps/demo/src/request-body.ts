import type { IncomingMessage } from "node:http";
import { InputError } from "./input-error.ts";

/** The client closed the connection before its request was complete: there is nobody left to answer. */
export class ClientGoneError extends Error {
  override readonly name = "ClientGoneError";
}

export interface BodyLimits {
  readonly maxBytes: number;
  /** How long the client may send nothing while it is waited for. */
  readonly idleMs: number;
}

/** The part of an `IncomingMessage` that is read here. */
export type BodySource = Pick<IncomingMessage, "on" | "off" | "pause" | "resume" | "complete">;

interface Reader {
  resolve(chunk: Buffer | undefined): void;
  reject(error: unknown): void;
}

type Ending = { readonly kind: "complete" } | { readonly kind: "failed"; readonly error: unknown };

/**
 * A request's body, pulled chunk by chunk: between two calls of `next` the socket is not read, so a client that is too
 * fast is slowed down by TCP itself. Unlike `for await`, an early end leaves the connection open for the answer.
 */
export class RequestBody {
  readonly #source: BodySource;
  readonly #limits: BodyLimits;
  readonly #chunks: Buffer[] = [];
  #ending: Ending | undefined;
  #waiting: Reader | undefined;
  #idle: NodeJS.Timeout | undefined;
  #bytes = 0;

  constructor(source: BodySource, limits: BodyLimits) {
    this.#source = source;
    this.#limits = limits;
    source.on("data", this.#onData);
    source.on("end", () => this.#finish({ kind: "complete" }));
    source.on("error", (cause) => this.#lose(cause));
    source.on("close", () => this.#lose());
    source.pause();
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** The next chunk, or undefined at the end. One call at a time. */
  next(): Promise<Buffer | undefined> {
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) return Promise.resolve(chunk);
    if (this.#ending?.kind === "failed") return Promise.reject(this.#ending.error);
    if (this.#ending?.kind === "complete") return Promise.resolve(undefined);
    const promise = new Promise<Buffer | undefined>((resolve, reject) => {
      this.#waiting = { resolve, reject };
    });
    this.#watch();
    this.#source.resume();
    return promise;
  }

  /** Nothing more is wanted: a waiting `next` and all later ones reject with `reason`. */
  interrupt(reason: unknown): void {
    this.#chunks.length = 0;
    this.#finish({ kind: "failed", error: reason });
  }

  /**
   * Reads what the client is still sending and throws it away, so that it gets to read its answer: many clients look
   * for one only when they have sent everything. Resolves true if the body ended within the limits.
   */
  discard(maxBytes: number, withinMs: number): Promise<boolean> {
    this.interrupt(undefined);
    this.#source.off("data", this.#onData);
    if (this.#source.complete) {
      // What is buffered goes too: the next request on this connection stands behind it.
      this.#source.resume();
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      let left = maxBytes;
      const stop = (): void => {
        clearTimeout(deadline);
        resolve(this.#source.complete);
      };
      const deadline = setTimeout(stop, withinMs);
      this.#source.on("data", (chunk: Buffer) => {
        left -= chunk.length;
        if (left < 0) stop();
      });
      this.#source.on("end", stop);
      this.#source.on("close", stop);
      this.#source.resume();
    });
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#source.pause();
    this.#bytes += chunk.length;
    if (this.#bytes > this.#limits.maxBytes) {
      this.interrupt(bodyTooLarge(this.#limits.maxBytes));
    } else if (this.#waiting === undefined) {
      if (this.#ending === undefined) this.#chunks.push(chunk);
    } else {
      this.#stopWaiting().resolve(chunk);
    }
  };

  #lose(cause?: unknown): void {
    this.#finish({ kind: "failed", error: new ClientGoneError("the client closed the connection", { cause }) });
  }

  #finish(ending: Ending): void {
    if (this.#ending !== undefined) return;
    this.#ending = ending;
    if (this.#waiting === undefined) return;
    const waiting = this.#stopWaiting();
    if (ending.kind === "complete") waiting.resolve(undefined);
    else waiting.reject(ending.error);
  }

  /** Only the wait for the client counts: while the gateway itself does not read, the client is not idle. */
  #watch(): void {
    this.#idle = setTimeout(() => {
      const message = `nothing arrived for ${this.#limits.idleMs} ms`;
      this.interrupt(new InputError(408, "body_timeout", message));
    }, this.#limits.idleMs);
  }

  #stopWaiting(): Reader {
    const waiting = this.#waiting;
    if (waiting === undefined) throw new Error("Cannot answer a reader: nobody waits");
    clearTimeout(this.#idle);
    this.#waiting = undefined;
    return waiting;
  }
}

export function bodyTooLarge(maxBytes: number): InputError {
  return new InputError(413, "body_too_large", `a body may have at most ${maxBytes} bytes`);
}
