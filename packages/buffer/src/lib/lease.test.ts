import { describe, expect, it } from "vitest";
import { BatchRecord } from "./batch-record.ts";
import { BatchLease, type Lessor } from "./lease.ts";

/** A lease of a batch of "a", "b" and "c", and what its lessor was told. */
function leaseOf(delay: number | "never" = 100) {
  const record = new BatchRecord<string>(7, 0, false);
  for (const item of ["a", "b", "c"]) record.append(item, undefined, undefined);
  record.attempts = 1;
  record.place = "leased";
  const told: unknown[][] = [];
  const lessor: Lessor<string> = {
    delayAfter: (_, error, delayMs) => {
      told.push(["asked", error, delayMs]);
      return delay === "never" ? undefined : delay;
    },
    delivered: () => told.push(["delivered"]),
    retried: (_, readyAt) => told.push(["retried", readyAt]),
    dropped: (_, reason, error) => told.push(["dropped", reason, error]),
    shrunk: (_, keeps) => told.push(["shrunk", record.retain(keeps).items]),
    rejected: (_, keeps, error) => told.push(["rejected", record.retain(keeps).items, error]),
  };
  return { record, told, lease: new BatchLease(record, lessor) };
}

describe("the end of a lease", () => {
  it("is told to the lessor as what it was", () => {
    const [acked, dropped] = [leaseOf(), leaseOf()];
    acked.lease.ack();
    dropped.lease.drop("expired", "why");
    expect([acked.told, dropped.told]).toEqual([[["delivered"]], [["dropped", "expired", "why"]]]);
  });

  it("comes once: whatever is called after it throws and tells nobody", () => {
    for (const end of ["ack", "nack", "drop"] as const) {
      const { lease, told } = leaseOf();
      if (end === "ack") lease.ack();
      else if (end === "nack") lease.nack(0);
      else lease.drop("aborted");
      const { length } = told;
      const calls = {
        ack: () => lease.ack(),
        nack: () => lease.nack(0),
        drop: () => lease.drop("aborted"),
        "keep items": () => lease.batch.keep(() => false),
        "reject items": () => lease.batch.reject(() => true),
      };
      for (const [action, call] of Object.entries(calls)) {
        expect(call).toThrow(`Cannot ${action}: the lease of batch 7 must still be out, got one ended by ${end}`);
      }
      expect(told).toHaveLength(length);
    }
  });
});

describe("a nack", () => {
  it("says when the batch is ready again, by the delay of the lessor, and leaves it its meta", () => {
    const { lease, told, record } = leaseOf(100);
    lease.batch.meta = "seen";
    expect(lease.nack(1_000, "why", 5)).toBe(1_100);
    expect(told).toEqual([
      ["asked", "why", 5],
      ["retried", 1_100],
    ]);
    expect(record.meta).toBe("seen");
  });

  it("gives the batch up when the lessor wants no further attempt", () => {
    const { lease, told } = leaseOf("never");
    expect(lease.nack(0, "why")).toBeUndefined();
    expect(told.slice(1)).toEqual([["dropped", "retries-exhausted", "why"]]);
  });

  it("counts a batch that is empty by now as delivered", () => {
    const { lease, told } = leaseOf();
    lease.batch.keep(() => false);
    expect(lease.nack(0, "why")).toBeUndefined();
    expect(told.slice(1)).toEqual([["delivered"]]);
  });

  it("gives up a batch that was passed over, without asking for another attempt", () => {
    const { lease, told, record } = leaseOf();
    record.place = "passed-over";
    expect(lease.nack(0, "why")).toBeUndefined();
    expect(told).toEqual([["dropped", "overflow", "why"]]);
  });

  it("leaves the lease out when the lessor throws", () => {
    const { record, told } = leaseOf();
    const lessor = {
      delayAfter: () => {
        throw new RangeError("nonsense");
      },
      dropped: (_: unknown, reason: string) => told.push([reason]),
    };
    const lease = new BatchLease(record, lessor as unknown as Lessor<string>);
    expect(() => lease.nack(0)).toThrow("nonsense");
    lease.drop("rejected");
    expect(told).toEqual([["rejected"]]);
  });
});

describe("the batch of a lease", () => {
  it("shows what the batch holds, and which attempt this is", () => {
    const { lease } = leaseOf();
    expect(lease.batch).toMatchObject({ id: 7, items: ["a", "b", "c"], attempt: 1, synthetic: false });
    expect("sizes" in lease.batch).toBe(false);
  });

  it("shows what is left after keep and reject, and tells the lessor what went", () => {
    const { lease, told } = leaseOf();
    lease.batch.keep((item, index) => item !== "a" && index > 0);
    lease.batch.reject((item) => item === "c", "bad");
    expect(lease.batch.items).toEqual(["b"]);
    expect(told).toEqual([
      ["shrunk", ["a"]],
      ["rejected", ["c"], "bad"],
    ]);
  });

  it("tells nobody when everything is kept", () => {
    const { lease, told } = leaseOf();
    lease.batch.keep(() => true);
    lease.batch.reject(() => false);
    expect(told).toEqual([]);
  });

  it("keeps what it showed when the lease ended, whatever becomes of the batch", () => {
    const { lease, record } = leaseOf();
    lease.nack(0);
    record.attempts = 2;
    record.retain([false, false, false]);
    expect(lease.batch).toMatchObject({ items: ["a", "b", "c"], attempt: 1 });
  });
});
