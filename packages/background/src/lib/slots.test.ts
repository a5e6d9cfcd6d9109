import { describe, expect, it } from "vitest";
import { Slots } from "./slots.ts";

describe("Slots", () => {
  it("are taken and freed", () => {
    const slots = new Slots(2);
    slots.take();
    slots.take();
    expect(slots.idle).toBe(0);
    slots.free();
    expect(slots.idle).toBe(1);
  });

  it("that pause are not idle until their time has come and somebody looks", () => {
    const slots = new Slots(3);
    for (const until of [30, 10, 20]) {
      slots.take();
      slots.freeAt(until);
    }
    expect([slots.idle, slots.paused, slots.nextWakeAt]).toEqual([0, 3, 10]);
    slots.wake(9);
    expect(slots.idle).toBe(0);
    slots.wake(20);
    expect([slots.idle, slots.paused, slots.nextWakeAt]).toEqual([2, 1, 30]);
    slots.wake(30);
    expect([slots.idle, slots.paused, slots.nextWakeAt]).toEqual([3, 0, Infinity]);
  });

  it("without number do not pause: there is always another", () => {
    const slots = new Slots(Infinity);
    slots.take();
    slots.freeAt(10);
    expect([slots.idle, slots.paused]).toEqual([Infinity, 0]);
  });
});
