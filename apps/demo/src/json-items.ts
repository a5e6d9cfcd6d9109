import { type Frame, isJsonSpace, Pieces, type Splitter, withoutByteOrderMark } from "./frame.ts";
import { InputError } from "./input-error.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Where the scanner is. `lone`: inside a body that is one value; `item`: inside an item of the array; `first` and
 * `next`: in front of an item, where only the first may be missing.
 */
type Place = "start" | "lone" | "first" | "next" | "item" | "after";

/**
 * Splits a JSON body: the items of its array, or the one value it is. It only finds where an item ends (strings and
 * brackets); whether the item is good JSON is for the JSON parser to say.
 */
export class ItemSplitter implements Splitter {
  readonly #pieces: Pieces;
  #place: Place = "start";
  #item = 1;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #prefix: Buffer = Buffer.alloc(0);

  constructor(maxItemBytes: number) {
    this.#pieces = new Pieces(maxItemBytes);
  }

  *push(incoming: Buffer): Generator<Frame> {
    const chunk = this.#place === "start" ? this.#withPrefix(incoming) : incoming;
    if (chunk === undefined) return;
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] ?? 0;
      if (this.#place === "item") {
        if (!this.#endsItem(byte)) continue;
        yield { at: this.#item, bytes: this.#pieces.take(chunk.subarray(from, i), this.#item) };
        this.#item++;
        this.#place = byte === COMMA ? "next" : "after";
      } else if (this.#place === "lone") {
        break;
      } else if (!isJsonSpace(byte)) {
        this.#enter(byte);
        from = i;
        if (this.#isInside()) i--;
      }
    }
    if (this.#isInside()) this.#pieces.hold(chunk.subarray(from), this.#item);
  }

  *end(): Generator<Frame> {
    if (this.#place === "after") return;
    if (this.#place === "start") throw new InputError(400, "invalid_json", "the body is empty");
    if (this.#place === "lone") yield { at: 1, bytes: this.#pieces.take(Buffer.alloc(0), 1) };
    else throw new InputError(400, "unfinished_body", "the array ends too early: its closing ] is missing", this.#item);
  }

  #isInside(): boolean {
    return this.#place === "item" || this.#place === "lone";
  }

  /** A byte order mark may itself arrive in pieces: wait until it can be told from the rest. */
  #withPrefix(incoming: Buffer): Buffer | undefined {
    const seen = Buffer.concat([this.#prefix, incoming]);
    const mayGrow = seen.length < 3 && Buffer.from([0xef, 0xbb, 0xbf]).subarray(0, seen.length).equals(seen);
    this.#prefix = mayGrow ? seen : Buffer.alloc(0);
    return mayGrow ? undefined : withoutByteOrderMark(seen);
  }

  /** The first byte that is not space, outside an item. */
  #enter(byte: number): void {
    if (this.#place === "start") {
      this.#place = byte === OPEN_ARRAY ? "first" : "lone";
    } else if (this.#place === "after") {
      throw new InputError(400, "invalid_json", "nothing may follow the array's closing ]");
    } else if (byte === CLOSE_ARRAY && this.#place === "first") {
      this.#place = "after";
    } else if (byte === COMMA || byte === CLOSE_ARRAY) {
      throw new InputError(400, "invalid_json", "an item is missing", this.#item);
    } else {
      this.#place = "item";
    }
  }

  #endsItem(byte: number): boolean {
    if (this.#inString) this.#stepInString(byte);
    else if (byte === QUOTE) this.#inString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) this.#depth++;
    else if (this.#depth === 0) return byte === COMMA || byte === CLOSE_ARRAY;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) this.#depth--;
    return false;
  }

  #stepInString(byte: number): void {
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
  }
}
