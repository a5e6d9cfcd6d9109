import { InputError } from "./input-error.ts";

/** The bytes of one event as they stood in the body. */
export interface Frame {
  /** Which line (NDJSON) or item (JSON array) it is, from 1. */
  readonly at: number;
  readonly bytes: Buffer;
}

/**
 * Cuts a body into events while it arrives, in whatever pieces it arrives. Pure: no stream, no promise. What is
 * wrong is thrown as an {@link InputError}, after all frames before it were handed out.
 */
export interface Splitter {
  push(chunk: Buffer): Iterable<Frame>;
  /** The body is complete. */
  end(): Iterable<Frame>;
}

/** The beginning of an event whose end has not arrived yet. */
export class Pieces {
  readonly #maxBytes: number;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get length(): number {
    return this.#length;
  }

  /** Refused as soon as the limit is passed: an event that never ends must not fill the memory. */
  hold(part: Buffer, at: number): void {
    if (part.length === 0) return;
    this.#check(part, at);
    this.#parts.push(part);
    this.#length += part.length;
  }

  /** Everything held, and `last` behind it. */
  take(last: Buffer, at: number): Buffer {
    this.#check(last, at);
    if (this.#length === 0) return last;
    const whole = Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.#length = 0;
    return whole;
  }

  #check(part: Buffer, at: number): void {
    if (this.#length + part.length <= this.#maxBytes) return;
    throw new InputError(413, "event_too_large", `an event may have at most ${this.#maxBytes} bytes`, at);
  }
}

/** Space, tab, line feed or carriage return: what JSON calls whitespace. */
export function isJsonSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Some editors put a byte order mark in front of a file; it belongs to no event. */
export function withoutByteOrderMark(bytes: Buffer): Buffer {
  const marked = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return marked ? bytes.subarray(3) : bytes;
}
