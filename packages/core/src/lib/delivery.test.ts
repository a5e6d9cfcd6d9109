import { describe, expect, it } from "vitest";
import { Delivery } from "./delivery.ts";
import { ItemDroppedError } from "./errors.ts";

describe("Delivery", () => {
  it("resolves when its item was delivered", async () => {
    const delivery = new Delivery();
    delivery.delivered();
    await expect(delivery.promise).resolves.toBeUndefined();
  });

  it("rejects with reason and cause when its item was dropped", async () => {
    const delivery = new Delivery();
    delivery.dropped({ items: [1], reason: "rejected", error: "poison", attempts: 1 });
    await expect(delivery.promise).rejects.toEqual(new ItemDroppedError("rejected", "poison"));
  });

  it("has no cause when there was no attempt", async () => {
    const delivery = new Delivery();
    delivery.dropped({ items: [1], reason: "overflow", attempts: 0 });
    const error = await delivery.promise.catch((caught: unknown) => caught);
    expect(error instanceof ItemDroppedError && "cause" in error).toBe(false);
  });

  it("rejects with the very error with which its item was refused", async () => {
    const delivery = new Delivery();
    delivery.refused("closed");
    await expect(delivery.promise).rejects.toBe("closed");
  });

  it("settles only its own promise, though all share one executor", async () => {
    const [first, second] = [new Delivery(), new Delivery()];
    second.refused("second");
    first.delivered();
    await expect(first.promise).resolves.toBeUndefined();
    await expect(second.promise).rejects.toBe("second");
  });
});
