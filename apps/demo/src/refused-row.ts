/** What the database said about a row. */
export interface Refusal {
  /** The SQLSTATE. */
  readonly code: string;
  readonly message: string;
}

/** The database will not take this row, however often it is sent. */
export class RefusedRowError extends Error {
  override readonly name = "RefusedRowError";
  readonly code: string;

  constructor({ code, message }: Refusal) {
    super(message);
    this.code = code;
  }
}
