/** A worker is gone, and this call had not begun: it can be given to another worker as if nothing had happened. */
export class CallNotBegunError extends Error {
  override readonly name = "CallNotBegunError";

  constructor() {
    super("Cannot do the call: its worker must live until it begins, got one that died before");
  }
}
