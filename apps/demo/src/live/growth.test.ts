import { describe, expect, it } from "vitest";
import { Growth } from "./growth.ts";

function growth(...moments: [at: number, events: number][]): Growth<"events"> {
  const made = new Growth<"events">(1_000);
  for (const [at, events] of moments) made.add(at, { events });
  return made;
}

describe("Growth", () => {
  it("is nothing while there is no past", () => {
    expect(growth().perSecond("events")).toBe(0);
    expect(growth([0, 500]).perSecond("events")).toBe(0);
    expect(growth([0, 500]).by("events")).toBe(0);
  });

  it("is over what there is, until that is long enough", () => {
    expect(growth([0, 0], [250, 100]).perSecond("events")).toBe(400);
    expect(growth([0, 0], [250, 100], [500, 100]).perSecond("events")).toBe(200);
  });

  it("forgets what is older than needed, and nothing that is needed", () => {
    const made = growth([0, 0], [250, 1_000], [500, 1_000], [750, 1_000], [1_000, 1_000], [1_250, 1_000]);
    expect(made.by("events")).toBe(0);
    expect(growth([0, 0], [250, 1_000], [500, 1_000], [750, 1_000], [1_000, 1_000]).perSecond("events")).toBe(1_000);
  });

  it("keeps the last moment before a stall, so that what came in it is counted", () => {
    expect(growth([0, 0], [5_000, 1_000]).perSecond("events")).toBe(200);
  });

  it("divides by no time at all as little as by a negative one", () => {
    expect(growth([100, 1], [100, 7]).perSecond("events")).toBe(0);
    expect(growth([100, 1], [50, 7]).perSecond("events")).toBe(0);
  });

  it("begins anew when it is cleared", () => {
    const made = growth([0, 0], [250, 100]);
    made.clear();
    made.add(500, { events: 900 });
    expect(made.perSecond("events")).toBe(0);
  });
});
