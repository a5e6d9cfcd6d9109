import { describe, expect, test } from "vitest";
import { example, shows, showsNow } from "./fence-runtime.ts";

const printed: unknown[] = [];

describe("an example", () => {
  const original = console.log;
  console.log = (text: unknown) => void printed.push(text);
  example("runs in silence", async () => {
    console.log("nobody reads this");
    await Promise.resolve();
  });

  test("leaves the console as it was", () => {
    console.log("heard");
    console.log = original;
    expect(printed).toEqual(["heard"]);
  });

  test("shows what it says, promises awaited", async () => {
    await shows({ a: [1] }, { a: [1] });
    await shows(Promise.resolve(1), 1);
    showsNow(Number.NaN, Number.NaN);
  });

  test("fails when it shows something else", async () => {
    await expect(shows(Promise.resolve(1), 2)).rejects.toThrow("expected 1 to deeply equal 2");
    await expect(shows(Promise.reject(new Error("broken")), 2)).rejects.toThrow("broken");
    expect(() => showsNow([1], [])).toThrow("deeply equal");
  });
});
