/** The queue is closed: nothing goes in any more and, once it is empty, nothing comes out. */
export class QueueClosedError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "QueueClosedError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_QUEUE_CLOSED";

  /** @internal */
  constructor(action: "enqueue" | "dequeue") {
    const rule = action === "enqueue" ? "open" : "open or hold items";
    super(`Cannot ${action}: the queue must be ${rule}, got a closed${action === "enqueue" ? "" : " and empty"} one`);
  }
}

/** The bounded queue holds as many items as it may. The item was not taken. */
export class QueueFullError extends Error {
  /** The name of the class, whatever a bundler makes of it. */
  override readonly name = "QueueFullError";
  /** What to compare with when the class itself is not at hand. */
  readonly code = "DISP_QUEUE_FULL";
  /** How many items the queue may hold. */
  readonly maxItems: number;

  /** @internal */
  constructor(maxItems: number) {
    super(`Cannot enqueue: the queue must hold fewer than ${maxItems} items, got a full one`);
    this.maxItems = maxItems;
  }
}
