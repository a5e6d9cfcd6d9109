import { describe, expect, it } from "vitest";
import { BATCH_COST, Stamina } from "./stamina.ts";

const rest = (stamina: Stamina): Promise<void> => new Promise((resolve) => stamina.rest(resolve));

describe("Stamina", () => {
  it("is enough for 8,192 operations or 1,024 batches, and comes back with a rest", async () => {
    const stamina = new Stamina();
    expect(stamina.left).toBe(8_192);
    expect(stamina.left / BATCH_COST).toBe(1_024);
    stamina.spend(8_000);
    expect(stamina.left).toBe(192);
    stamina.spend(8_000);
    expect(stamina.left).toBe(0);
    await rest(stamina);
    expect(stamina.left).toBe(8_192);
    stamina.spend(1);
    await rest(stamina);
    expect(stamina.left).toBe(8_192);
  });

  it("comes back in another turn of the event loop", async () => {
    const stamina = new Stamina();
    const order: string[] = [];
    const rested = rest(stamina).then(() => order.push("rested"));
    for (let hop = 0; hop < 100; hop++) await Promise.resolve();
    order.push("a hundred microtasks");
    await rested;
    expect(order).toEqual(["a hundred microtasks", "rested"]);
  });

  it("is shared in turns by those who rest, however much one of them needs", async () => {
    const stamina = new Stamina();
    const order: string[] = [];
    const greedy = (left: number) => () => {
      order.push("greedy");
      stamina.spend(Infinity);
      if (left > 1) stamina.rest(greedy(left - 1));
    };
    stamina.rest(greedy(3));
    for (const name of ["one", "two"]) stamina.rest(() => order.push(name));
    await rest(stamina);
    expect(order).toEqual(["greedy", "one", "two", "greedy"]);
  });
});
