import { describe, expect, it, vi } from "vitest";
import type { Drop } from "./drop.ts";
import { DropReports } from "./drop-reports.ts";

const dropOf = (...items: string[]): Drop<string> => ({ items, reason: "overflow", attempts: 0 });

describe("DropReports", () => {
  it("tells of drops in their order, each once, and not before it is asked to", () => {
    const told: Drop<string>[] = [];
    const reports = new DropReports<string>((drop) => told.push(drop));
    const drops = [dropOf("a"), dropOf("b", "c")];
    for (const drop of drops) reports.add(drop, undefined);
    expect([told, reports.isEmpty]).toEqual([[], false]);
    reports.send();
    reports.send();
    expect([told, reports.isEmpty]).toEqual([drops, true]);
  });

  it("tells the receipts of the items at once, whoever listens to the drops", () => {
    const reports = new DropReports<string>(undefined);
    const receipt = { delivered: vi.fn(), dropped: vi.fn() };
    const drop = dropOf("a", "b");
    reports.add(drop, [undefined, receipt]);
    expect(receipt.dropped.mock.calls).toEqual([[drop]]);
    reports.send();
    expect(receipt.dropped).toHaveBeenCalledTimes(1);
    expect(receipt.delivered).not.toHaveBeenCalled();
  });

  it("tells of all drops though a listener throws, and then throws the first error", () => {
    const told: unknown[] = [];
    const reports = new DropReports<string>(({ items }) => {
      told.push(items);
      throw new Error(`about ${items[0]}`);
    });
    for (const item of ["a", "b"]) reports.add(dropOf(item), undefined);
    expect(() => reports.send()).toThrow("about a");
    expect(told).toEqual([["a"], ["b"]]);
    expect(() => reports.send()).not.toThrow();
  });

  it("leaves drops that a listener causes for the next time", () => {
    const told: unknown[] = [];
    const reports = new DropReports<string>(({ items }) => {
      told.push(items[0]);
      if (items[0] === "a") reports.add(dropOf("b"), undefined);
    });
    reports.add(dropOf("a"), undefined);
    reports.send();
    expect([told, reports.isEmpty]).toEqual([["a"], false]);
    reports.send();
    expect(told).toEqual(["a", "b"]);
  });
});
