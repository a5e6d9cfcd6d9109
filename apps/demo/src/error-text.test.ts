import { expect, it } from "vitest";
import { errorText } from "./error-text.ts";

it("tells the message of an error and those of its causes", () => {
  const cause = new Error("other side closed", { cause: new Error("reset") });
  expect(errorText(new TypeError("fetch failed", { cause }))).toBe("fetch failed: other side closed: reset");
});

it("tells what was only passed on once", () => {
  expect(errorText(new Error("no such flag", { cause: new TypeError("no such flag") }))).toBe("no such flag");
});

it("tells the code, or the name, where there is no message", () => {
  expect(errorText(Object.assign(new AggregateError([]), { code: "ECONNREFUSED" }))).toBe("ECONNREFUSED");
  expect(errorText(new RangeError())).toBe("RangeError");
});

it("tells what is no error as it is", () => {
  expect(errorText("stopped")).toBe("stopped");
});
