/** A contender did not do its job: how long it takes for that is of no interest. */
export class WrongResultError extends Error {
  override readonly name = "WrongResultError";

  constructor(what: string) {
    super(`Wrong result: ${what}`);
  }
}

/** @throws WrongResultError unless both are the same value. */
export function expectSame(what: string, got: unknown, wanted: unknown): void {
  if (!Object.is(got, wanted)) throw new WrongResultError(`${what} must be ${String(wanted)}, got ${String(got)}`);
}
