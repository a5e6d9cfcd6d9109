import { describe, expect, it } from "vitest";
import { KeyLine, PAUSING, QUIET } from "./key-line.ts";

describe("KeyLine", () => {
  it("tells of those who leave, and begins anew after a reset", async () => {
    const left: string[] = [];
    const line = new KeyLine("a", 0, ({ key, waiters }) => left.push(`${key} ${waiters.size}`));
    const abort = new AbortController();
    const waits = [1, 2].map(() => line.waiters.wait(line, { signal: abort.signal }));
    Object.assign(line, { stage: PAUSING, asker: "me", attempts: 3, awaySince: 5 });
    abort.abort();
    expect((await Promise.allSettled(waits)).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(left).toEqual(["a 1", "a 0"]);
    line.reset();
    expect(line).toMatchObject({ stage: QUIET, asker: undefined, attempts: 0, awaySince: undefined });
  });
});
