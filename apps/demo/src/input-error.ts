/** What a client sent is wrong and will stay wrong: sending the same again cannot help. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly status: 400 | 408 | 413;
  /** For programs: `snake_case`, stable. */
  readonly code: string;
  /** The line (NDJSON) or the item (JSON array), from 1; absent when the body as a whole is meant. */
  readonly at: number | undefined;

  constructor(status: 400 | 408 | 413, code: string, message: string, at?: number) {
    super(message);
    this.status = status;
    this.code = code;
    this.at = at;
  }
}
