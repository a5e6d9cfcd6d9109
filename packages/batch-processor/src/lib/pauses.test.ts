import { describe, expect, it } from "vitest";
import { Pauses } from "./pauses.ts";

describe("Pauses", () => {
  it("end at their times, in the order of these", () => {
    const pauses = new Pauses();
    const ended: string[] = [];
    expect(pauses.nextAt).toBe(Infinity);
    pauses.add(30, () => ended.push("thirty"));
    pauses.add(10, () => ended.push("ten"));
    pauses.add(10, () => ended.push("ten, too"));
    expect(pauses.nextAt).toBe(10);
    pauses.expire(29);
    expect(ended).toEqual(["ten", "ten, too"]);
    pauses.expire(30);
    expect(ended).toEqual(["ten", "ten, too", "thirty"]);
    expect(pauses.nextAt).toBe(Infinity);
  });

  it("do not end once they are cancelled, and cannot be cancelled once they have ended", () => {
    const pauses = new Pauses();
    const ended: string[] = [];
    const first = pauses.add(10, () => ended.push("first"));
    const second = pauses.add(20, () => ended.push("second"));
    pauses.cancel(first);
    pauses.cancel(first);
    pauses.expire(20);
    pauses.cancel(second);
    expect([ended, pauses.nextAt]).toEqual([["second"], Infinity]);
  });
});
