import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { numberAfter, ROUND, TurnstileOwner, TurnstileUser } from "./turnstile.ts";

function pair(): { owner: TurnstileOwner; user: TurnstileUser } {
  const owner = new TurnstileOwner();
  return { owner, user: new TurnstileUser(owner.memory) };
}

describe("a turnstile", () => {
  it("tells which calls have begun", () => {
    const { owner, user } = pair();
    expect(owner.isUsed).toBe(false);
    expect(owner.hasBegun(1)).toBe(false);
    expect(user.begin(1)).toBe(true);
    expect(owner.isUsed).toBe(true);
    expect(owner.hasBegun(1)).toBe(true);
    expect(owner.hasBegun(2)).toBe(false);
  });

  it("lets nothing begin up to the number it was closed for, and everything beyond", () => {
    const { owner, user } = pair();
    user.begin(1);
    owner.close(3);
    expect([2, 3, 4, 5].map((number) => user.begin(number))).toEqual([false, false, true, true]);
    expect([1, 4, 5, 6].map((number) => owner.hasBegun(number))).toEqual([true, true, true, false]);
  });

  it("remembers what had begun when it is closed several times", () => {
    const { owner, user } = pair();
    user.begin(1);
    owner.close(2);
    owner.close(2);
    owner.close(4);
    expect(owner.hasBegun(1)).toBe(true);
    expect(owner.hasBegun(2)).toBe(false);
    expect([2, 3, 4, 5].map((number) => user.begin(number))).toEqual([false, false, false, true]);
  });

  it("can be closed before anything was handed over, and before anything has begun", () => {
    const { owner, user } = pair();
    owner.close(0);
    expect(owner.isUsed).toBe(false);
    owner.close(2);
    expect(owner.isUsed).toBe(false);
    expect([1, 2, 3].map((number) => user.begin(number))).toEqual([false, false, true]);
  });

  it("is closed behind a call only while that began last", () => {
    const { owner, user } = pair();
    user.begin(1);
    user.begin(2);
    expect(owner.closeBehind(1, 4)).toBe(false);
    expect(user.begin(3)).toBe(true);
    expect(owner.closeBehind(3, 4)).toBe(true);
    expect(user.begin(4)).toBe(false);
    expect(owner.closeBehind(3, 4)).toBe(true);
  });

  it("passes on which call is asked to stop", () => {
    const { owner, user } = pair();
    owner.askToStop(2);
    expect([1, 2, 3].map((number) => user.isAskedToStop(number))).toEqual([false, true, false]);
    owner.askToStop(0);
    expect(user.isAskedToStop(2)).toBe(false);
  });

  it("starts again with the first number after the last one", () => {
    const { owner, user } = pair();
    expect(numberAfter(ROUND)).toBe(1);
    user.begin(ROUND - 1);
    owner.close(1);
    expect([ROUND, 1, 2].map((number) => user.begin(number))).toEqual([false, false, true]);
    expect([ROUND - 1, ROUND, 1, 2, 3].map((number) => owner.hasBegun(number))).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  it("agrees on both sides, whatever happens in which order", () => {
    const step = fc.constantFrom("hand over", "begin", "close");
    const first = fc.constantFrom(0, 1, ROUND - 3);
    fc.assert(
      fc.property(first, fc.array(step, { maxLength: 60 }), (start, steps) => {
        const { owner, user } = pair();
        let last = start;
        const handed: number[] = [];
        const begun = new Set<number>();
        const closed = new Set<number>();
        let next = 0;
        for (const each of steps) {
          if (each === "hand over") handed.push((last = numberAfter(last)));
          else if (each === "close") {
            owner.close(last);
            for (const number of handed) if (!begun.has(number)) closed.add(number);
          } else if (next < handed.length) {
            const number = handed[next++]!;
            expect(user.begin(number)).toBe(!closed.has(number));
            if (!closed.has(number)) begun.add(number);
          }
          // As it is asked: only of what is not begun or began last.
          for (const number of handed.slice(Math.max(0, next - 1))) {
            if (!closed.has(number)) expect(owner.hasBegun(number)).toBe(begun.has(number));
          }
        }
      }),
    );
  });
});
