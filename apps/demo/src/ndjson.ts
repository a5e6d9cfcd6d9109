import { type Frame, isJsonSpace, Pieces, type Splitter, withoutByteOrderMark } from "./frame.ts";

const LINE_FEED = 0x0a;

/** Splits NDJSON: one event per line, ended by LF or CRLF; the last line may go without. Blank lines only count. */
export class LineSplitter implements Splitter {
  readonly #pieces: Pieces;
  #line = 1;

  constructor(maxLineBytes: number) {
    this.#pieces = new Pieces(maxLineBytes);
  }

  *push(chunk: Buffer): Generator<Frame> {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
      const bytes = this.#pieces.take(chunk.subarray(from, end), this.#line);
      const at = this.#line++;
      from = end + 1;
      yield* frameOf(bytes, at);
    }
    this.#pieces.hold(chunk.subarray(from), this.#line);
  }

  *end(): Generator<Frame> {
    const bytes = this.#pieces.take(Buffer.alloc(0), this.#line);
    yield* frameOf(bytes, this.#line);
  }
}

function* frameOf(line: Buffer, at: number): Generator<Frame> {
  const bytes = at === 1 ? withoutByteOrderMark(line) : line;
  if (!bytes.every(isJsonSpace)) yield { at, bytes };
}
