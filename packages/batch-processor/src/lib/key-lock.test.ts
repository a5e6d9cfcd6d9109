import { describe, expect, it } from "vitest";
import { checkLease, type KeyLease } from "./key-lock.ts";

const LEASE: KeyLease = { token: 0, isHeld: true, onLost: () => {}, release: () => Promise.resolve() };

describe("checkLease", () => {
  it("returns a lease, whatever its token", () => {
    expect(checkLease(LEASE)).toBe(LEASE);
    const negative = { ...LEASE, token: -1.5 };
    expect(checkLease(negative)).toBe(negative);
  });

  it.each<[string, unknown]>([
    ["lock.acquire() must be an object with onLost(), release(), got undefined", undefined],
    ["lock.acquire() must be an object with onLost(), release(), got an object", { ...LEASE, release: undefined }],
    ['lock.acquire().token must be a number, got "7"', { ...LEASE, token: "7" }],
    ["lock.acquire().token must be a number, got NaN", { ...LEASE, token: NaN }],
  ])("says that %s", (message, lease) => {
    expect(() => checkLease(lease as KeyLease)).toThrow(`Cannot hold a key: ${message}`);
  });
});
