import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BATCH_COST, Stamina } from "./stamina.ts";

const rest = (stamina: Stamina): Promise<void> => new Promise((resolve) => stamina.rest(resolve));

let now: number;

beforeEach(() => {
  now = 1_000;
  vi.spyOn(performance, "now").mockImplementation(() => now);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Operations that were done when it was tired, where each took so long. */
function tire(stamina: Stamina, stepMs: number): number {
  let done = 0;
  while (stamina.left > 0) {
    now += stepMs;
    stamina.spend(1);
    done += 1;
  }
  return done;
}

describe("Stamina", () => {
  it("is enough for 4 ms of work, and comes back with a rest", async () => {
    const stamina = new Stamina();
    now += 3.99;
    stamina.spend(256);
    expect(stamina.left).toBe(256);
    now += 0.01;
    stamina.spend(255);
    expect(stamina.left).toBe(1);
    stamina.spend(1);
    expect(stamina.left).toBe(0);
    await rest(stamina);
    expect(stamina.left).toBe(256);
    now += 3.99;
    stamina.spend(256);
    expect(stamina.left).toBe(256);
  });

  it("is spent by time, so that the slower operations are the fewer of them run, down to the 256 of one look", async () => {
    const stamina = new Stamina();
    const runs: number[] = [];
    for (const stepMs of [1 / 8_192, 1 / 1_024, 1 / 128, 1, 1_000]) {
      runs.push(tire(stamina, stepMs));
      await rest(stamina);
    }
    expect(runs).toEqual([32_768, 4_096, 512, 256, 256]);
  });

  it("looks at the clock once for 256 operations, or 32 batches without any", () => {
    const stamina = new Stamina();
    const look = vi.spyOn(performance, "now").mockClear();
    for (let i = 0; i < 2_560; i++) stamina.spend(1);
    expect(look).toHaveBeenCalledTimes(10);
    for (let i = 0; i < 320; i++) stamina.spend(BATCH_COST);
    expect(look).toHaveBeenCalledTimes(20);
  });

  it.each([
    ["stands still", 0],
    ["goes back", -1],
  ])("ends after 65,536 operations at the latest, where the clock %s", async (_, stepMs) => {
    const stamina = new Stamina();
    expect(tire(stamina, stepMs)).toBe(65_536);
    await rest(stamina);
    expect(tire(stamina, stepMs)).toBe(65_536);
  });

  it("ends with what is spent at once, however much, and needs no second rest for it", async () => {
    const stamina = new Stamina();
    stamina.spend(65_535);
    expect(stamina.left).toBe(256);
    stamina.spend(Infinity);
    stamina.spend(Infinity);
    expect(stamina.left).toBe(0);
    await rest(stamina);
    expect(tire(stamina, 0)).toBe(65_536);
  });

  it("does not come back without a rest, whatever the clock says", () => {
    const stamina = new Stamina();
    tire(stamina, 1);
    now = 0;
    stamina.spend(BATCH_COST);
    expect(stamina.left).toBe(0);
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
