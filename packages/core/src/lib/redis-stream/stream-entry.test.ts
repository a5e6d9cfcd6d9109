import { describe, expect, it, vi } from "vitest";
import { KeptEntry } from "./stream-entry.ts";

const raw = { id: "1-1", fields: { a: "1" }, deliveries: 2 };
const keeper = () => ({ acknowledge: vi.fn(async () => true), reject: vi.fn(async () => false) });

describe("an entry", () => {
  it("is what the stream had", () => {
    const { id, fields, deliveries } = new KeptEntry(raw, keeper());
    expect({ id, fields, deliveries }).toEqual(raw);
  });

  it("is settled once, by whichever comes first", async () => {
    const keeps = keeper();
    const [one, other] = [new KeptEntry(raw, keeps), new KeptEntry(raw, keeps)];
    expect(await Promise.all([one.acknowledge(), one.acknowledge()])).toEqual([true, true]);
    expect(await one.reject({ reason: "aborted", attempts: 0 })).toBe(true);
    expect(await other.reject({ reason: "rejected", attempts: 1 })).toBe(false);
    expect(await other.acknowledge()).toBe(false);
    expect(keeps.acknowledge.mock.calls).toEqual([["1-1"]]);
    expect(keeps.reject.mock.calls).toEqual([[other, { reason: "rejected", attempts: 1 }]]);
  });
});
