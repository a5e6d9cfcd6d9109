import { describe, expect, it } from "vitest";
import { SinkWatch } from "./sink-watch.ts";

const options = { signal: new AbortController().signal };

function after(...outcomes: unknown[]): Promise<SinkWatch> {
  const watch = new SinkWatch();
  const insert = watch.over(() => {
    const outcome = outcomes.shift();
    return outcome === undefined ? Promise.resolve({ count: 0, airports: [] }) : Promise.reject(outcome);
  });
  const runs = [...outcomes].map(() => insert([], options).catch(() => undefined));
  return Promise.all(runs).then(() => watch);
}

const failure = (code: string): Error => Object.assign(new Error("secret host"), { code });

describe("SinkWatch", () => {
  it("says why the last statement failed, until one does not", async () => {
    expect((await after(failure("ECONNREFUSED"))).health).toEqual({
      statements: 1,
      failed: 1,
      trouble: "ECONNREFUSED",
    });
    expect((await after(failure("57P01"), undefined)).health).toEqual({ statements: 2, failed: 1, trouble: undefined });
  });

  it("takes a database that finds fault with a row for a healthy one", async () => {
    expect((await after(failure("22P05"))).health).toEqual({ statements: 1, failed: 0, trouble: undefined });
  });

  it("gives out codes and no messages", async () => {
    expect((await after(new RangeError("secret host"))).health.trouble).toBe("RangeError");
    expect((await after(failure("<b>bold</b>"))).health.trouble).toBe("UNKNOWN");
    expect((await after("secret host")).health.trouble).toBe("UNKNOWN");
  });
});
