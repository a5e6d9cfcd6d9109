import { describe, expect, it } from "vitest";
import { QueueClosedError, QueueFullError } from "./errors.ts";

describe("the errors of a queue", () => {
  it("can be told apart by name, code and class", () => {
    const closed = new QueueClosedError("dequeue");
    const full = new QueueFullError(3);
    expect(closed).toBeInstanceOf(Error);
    expect(closed).toMatchObject({ name: "QueueClosedError", code: "DISP_QUEUE_CLOSED" });
    expect(full).toMatchObject({ name: "QueueFullError", code: "DISP_QUEUE_FULL", maxItems: 3 });
  });

  it("say what was wanted, what must hold and what was found", () => {
    expect(new QueueClosedError("enqueue").message).toBe("Cannot enqueue: the queue must be open, got a closed one");
    expect(new QueueClosedError("dequeue").message).toBe(
      "Cannot dequeue: the queue must be open or hold items, got a closed and empty one",
    );
    expect(new QueueFullError(3).message).toBe(
      "Cannot enqueue: the queue must hold fewer than 3 items, got a full one",
    );
  });
});
