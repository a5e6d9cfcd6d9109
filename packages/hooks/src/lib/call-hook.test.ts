import { describe, expect, it } from "vitest";
import { callHook, reportError } from "./call-hook.ts";

const nextUnhandled = () => new Promise((resolve) => process.once("unhandledRejection", resolve));

describe("reportError", () => {
  it("makes an error visible as an unhandled rejection", async () => {
    const unhandled = nextUnhandled();
    reportError("mistake");
    expect(await unhandled).toBe("mistake");
  });
});

describe("callHook", () => {
  it("returns what the hook returns, and undefined without a hook", () => {
    expect(callHook((name: string) => `hello ${name}`, "you")).toBe("hello you");
    expect(callHook(undefined, "you")).toBeUndefined();
  });

  it("lets what the hook throws go no further, and reports it", async () => {
    const unhandled = nextUnhandled();
    const hook = (): number => {
      throw new Error("hook");
    };
    expect(callHook(hook, undefined)).toBeUndefined();
    expect(await unhandled).toEqual(new Error("hook"));
  });
});
