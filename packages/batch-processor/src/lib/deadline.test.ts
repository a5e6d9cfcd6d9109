import { describe, expect, it } from "vitest";
import { Deadline } from "./deadline.ts";

describe("Deadline", () => {
  it("comes nearer, never further, and is reached once", () => {
    let reached = 0;
    const deadline = new Deadline(() => (reached += 1));
    deadline.expire(1e9);
    expect([deadline.shorten(Infinity), deadline.shorten(50), deadline.shorten(60), deadline.shorten(50)]).toEqual([
      false,
      true,
      false,
      false,
    ]);
    expect(deadline.shorten(40)).toBe(true);
    deadline.expire(39);
    expect(reached).toBe(0);
    deadline.expire(40);
    deadline.expire(41);
    expect([reached, deadline.nextAt]).toEqual([1, Infinity]);
  });

  it("is not reached once it is cleared", () => {
    let reached = 0;
    const deadline = new Deadline(() => (reached += 1));
    deadline.shorten(50);
    deadline.clear();
    deadline.expire(50);
    expect(reached).toBe(0);
  });
});
