import { BatchBuffer, dropOldestBatch } from "@disp/buffer";
import { describe, expect, it } from "vitest";

describe("a synthetic batch that is added while another batch grows", () => {
  it.each(["ready", "fifo"] as const)("changes nothing about which items are given up, with order %s", (order) => {
    const dropped: string[] = [];
    const buffer = new BatchBuffer<string>({
      maxItems: 2,
      order,
      overflow: dropOldestBatch({ maxItems: 2 }),
      onDrop: ({ items }) => dropped.push(...items),
    });
    buffer.add("a", 0);
    buffer.addSynthetic(0);
    buffer.add("b", 0);
    buffer.add("c", 0);
    buffer.flush(0);
    const leased: string[] = [];
    for (let lease = buffer.lease(0); lease !== undefined; lease = buffer.lease(0)) {
      leased.push(...lease.batch.items);
      lease.ack();
    }
    expect([...dropped, ...leased].sort()).toEqual(["a", "b", "c"]);
    const { unleased, leases, delivered, dropped: gaveUp } = buffer.stats();
    expect([unleased.items, leases, delivered.items + gaveUp.items]).toEqual([0, 0, 3]);
  });
});
