import { describe, expect, it } from "vitest";
import { Call } from "./call.ts";
import { Calls } from "./calls.ts";

function setUp() {
  const overdue: Call[] = [];
  const owner = { overdue: (call: Call) => void overdue.push(call) };
  return { overdue, call: () => new Call("load", owner) };
}

describe("Calls", () => {
  it("are overdue one after another, unless they end before", () => {
    const { overdue, call } = setUp();
    const calls = new Calls(100);
    expect(calls.nextAt).toBe(Infinity);
    const [first, second, third] = [call(), call(), call()];
    calls.start(first, 0);
    calls.start(second, 10);
    calls.start(third, 20);
    expect(calls.nextAt).toBe(100);
    calls.expire(99);
    calls.end(second);
    calls.end(second);
    calls.expire(115);
    expect(overdue).toEqual([first]);
    expect(calls.nextAt).toBe(120);
    calls.expire(500);
    expect(overdue).toEqual([first, third]);
    expect(calls.nextAt).toBe(Infinity);
  });

  it("never are when there is no limit", () => {
    const { overdue, call } = setUp();
    const calls = new Calls(Infinity);
    calls.start(call(), 0);
    calls.expire(Number.MAX_VALUE);
    expect([overdue, calls.nextAt]).toEqual([[], Infinity]);
  });
});
