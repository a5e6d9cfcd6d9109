import { describe, expect, it } from "vitest";
import { signalOf } from "./wait-options.ts";

describe("the options of a call that waits", () => {
  it("have a signal, or nothing", () => {
    const { signal } = new AbortController();
    expect(signalOf("run", { signal })).toBe(signal);
    for (const options of [{}, { signal: undefined }]) expect(signalOf("run", options)).toBeUndefined();
  });

  it.each([null, 5, "signal", { signla: 5 }, new AbortController().signal])("are not %o", (options) => {
    const call = () => signalOf("run", options as never);
    expect(call).toThrow(TypeError);
    expect(call).toThrow("Cannot run: options must be an object with only signal, got ");
  });

  it.each([null, 5, {}])("have a signal that is not %o", (signal) => {
    const call = () => signalOf("run", { signal: signal as never });
    expect(call).toThrow(TypeError);
    expect(call).toThrow("Cannot run: signal must be an AbortSignal, got ");
  });
});
