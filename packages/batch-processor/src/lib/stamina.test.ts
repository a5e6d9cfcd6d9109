import { describe, expect, it } from "vitest";
import { BATCH_COST, Stamina } from "./stamina.ts";

describe("Stamina", () => {
  it("is enough for 8,192 operations or 1,024 batches, and comes back with a rest", async () => {
    const stamina = new Stamina();
    expect(stamina.left).toBe(8_192);
    expect(stamina.left / BATCH_COST).toBe(1_024);
    stamina.spend(8_000);
    expect(stamina.left).toBe(192);
    stamina.spend(8_000);
    expect(stamina.left).toBe(0);
    await stamina.rest();
    expect(stamina.left).toBe(8_192);
  });

  it("comes back in another turn of the event loop, for all who rest at once", async () => {
    const stamina = new Stamina();
    const order: string[] = [];
    const rests = [stamina.rest(), stamina.rest()];
    expect(rests[0]).toBe(rests[1]);
    const rested = Promise.all(rests).then(() => order.push("rested"));
    for (let hop = 0; hop < 100; hop++) await Promise.resolve();
    order.push("a hundred microtasks");
    await rested;
    expect(order).toEqual(["a hundred microtasks", "rested"]);
    expect(stamina.rest()).not.toBe(rests[0]);
  });
});
