import { describe, expect, it } from "vitest";
import { acquire, bumpGeneration, release, renew } from "./store-call.ts";

const ERROR = new Error("thrown, not rejected");
const fail = () => {
  throw ERROR;
};

describe("a call of a store", () => {
  it("hands over what was asked and what was answered", async () => {
    const hold = {
      renew: (ms: number) => Promise.resolve(ms === 3),
      release: (ms: number) => (ms === 4 ? Promise.resolve() : fail()),
    };
    const store = {
      acquire: (key: string, ms: number) => Promise.resolve(key === "a" && ms === 2 ? hold : undefined),
      bumpGeneration: () => Promise.resolve(7),
    };
    expect(await acquire(store, "a", 2)).toBe(hold);
    expect(await bumpGeneration(store)).toBe(7);
    expect(await renew(hold, 3)).toBe(true);
    await release(hold, 4);
  });

  it("that throws is one that rejects", async () => {
    const store = { acquire: fail, bumpGeneration: fail };
    const hold = { renew: fail, release: fail };
    const calls = [acquire(store, "a", 1), bumpGeneration(store), renew(hold, 1), release(hold, 1)];
    for (const call of calls) await expect(call).rejects.toBe(ERROR);
  });
});
