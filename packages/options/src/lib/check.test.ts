import { describe, expect, it } from "vitest";
import {
  checkBoolean,
  checkChoice,
  checkFunction,
  checkNumber,
  checkObject,
  checkOptions,
  checkPolicy,
  checkSignal,
  checkText,
  checkWaitOptions,
  NOT_EMPTY,
  show,
  signalOf,
} from "./check.ts";

const count = { whole: true, min: 1, orInfinity: true };

describe("checkNumber", () => {
  it("returns a value that satisfies the rule", () => {
    expect(checkNumber("create a Queue", "maxItems", 3, count)).toBe(3);
    expect(checkNumber("create a Queue", "maxItems", Infinity, count)).toBe(Infinity);
    expect(checkNumber("wait", "n", 0.5, { above: 0, max: 1 })).toBe(0.5);
  });

  it.each([NaN, -Infinity, 0, -1, 1.5])("throws a RangeError for the count %s", (value) => {
    expect(() => checkNumber("create a Queue", "maxItems", value, count)).toThrow(RangeError);
  });

  it("refuses Infinity unless the rule allows it", () => {
    expect(() => checkNumber("wait", "ms", Infinity, { min: 0 })).toThrow("ms must be a number >= 0, got Infinity");
  });

  it.each(["3", null, undefined, 3n, {}, []])("throws a TypeError for %s, which is no number", (value) => {
    expect(() => checkNumber("create a Queue", "maxItems", value, count)).toThrow(TypeError);
  });

  it("names the action, the path, the rule and the value", () => {
    expect(() => checkNumber("create a Queue", "batch.maxItems", -1, count)).toThrow(
      "Cannot create a Queue: batch.maxItems must be a whole number >= 1 or Infinity, got -1",
    );
    expect(() => checkNumber("wait", "n", 2, { above: 0, max: 1 })).toThrow("n must be a number > 0 and <= 1, got 2");
  });
});

describe("the other checks", () => {
  it("let a good value through", () => {
    const fn = () => 1;
    const policy = { decide: fn };
    const { signal } = new AbortController();
    expect(checkChoice("push", "order", "fifo", ["ready", "fifo"])).toBe("fifo");
    expect(checkFunction("push", "send", fn)).toBe(fn);
    expect(checkObject("push", "overflow", policy, ["decide"])).toBe(policy);
    expect(checkSignal("push", "signal", signal)).toBe(signal);
    expect(checkSignal("push", "signal", undefined)).toBeUndefined();
  });

  it("throw a TypeError that names path, rule and value", () => {
    expect(() => checkChoice("push", "order", "lifo", ["ready", "fifo"])).toThrow(
      'Cannot push: order must be "ready" or "fifo", got "lifo"',
    );
    expect(() => checkFunction("push", "send", 7)).toThrow("Cannot push: send must be a function, got 7");
    expect(() => checkObject("push", "overflow", {}, ["decide"])).toThrow(
      "Cannot push: overflow must be an object with decide(), got an object",
    );
    expect(() => checkObject("push", "batch", null)).toThrow("Cannot push: batch must be an object, got null");
    expect(() => checkSignal("push", "signal", null as never)).toThrow("signal must be an AbortSignal, got null");
    expect(() => checkSignal("push", "signal", new AbortController() as never)).toThrow(
      "Cannot push: signal must be an AbortSignal, got an instance of AbortController",
    );
  });
});

describe("show", () => {
  it.each([
    ["text", '"text"'],
    ["x".repeat(80), `"${"x".repeat(60)}…"`],
    [12n, "12n"],
    [function named() {}, "function named"],
    [() => 1, "a function"],
    [[1, 2], "an array of 2"],
    [Object.create(null), "an object"],
    [new Map(), "an instance of Map"],
    [new RangeError("too much"), "RangeError: too much"],
    [Symbol("s"), "Symbol(s)"],
    [undefined, "undefined"],
  ])("prints %o in a few words", (value, printed) => {
    expect(show(value)).toBe(printed);
  });
});

describe("checkText", () => {
  it("returns a string that is as the rule says", () => {
    expect(checkText("open", "name", "")).toBe("");
    expect(checkText("open", "name", "\n", NOT_EMPTY)).toBe("\n");
  });

  it("refuses what is no string, and what breaks the rule", () => {
    expect(() => checkText("open", "name", 5)).toThrow(new TypeError("Cannot open: name must be a string, got 5"));
    expect(() => checkText("open", "name", "", NOT_EMPTY)).toThrow(
      new RangeError('Cannot open: name must be a string that is not empty, got ""'),
    );
    const noColon = { rule: "a string without a colon", pattern: /^[^:]*$/ };
    expect(() => checkText("open", "name", "a:b", noColon)).toThrow(
      new RangeError('Cannot open: name must be a string without a colon, got "a:b"'),
    );
  });
});

describe("checkBoolean", () => {
  it("takes true and false alone", () => {
    expect([checkBoolean("open", "safe", true), checkBoolean("open", "safe", false)]).toEqual([true, false]);
    expect(() => checkBoolean("open", "safe", 1)).toThrow(
      new TypeError("Cannot open: safe must be true or false, got 1"),
    );
  });
});

describe("checkPolicy", () => {
  it("returns a policy, and says where they come from when it gets something else", () => {
    const policy = { nextDelayMs: () => 5 };
    expect(checkPolicy("open", "retry", policy)).toBe(policy);
    for (const value of [{ maxRetries: 3 }, 3, null]) {
      expect(() => checkPolicy<unknown>("open", "retry", value)).toThrow(
        "Cannot open: retry must be an object with nextDelayMs(), such as exponentialBackoff() of @disp/retry, got",
      );
    }
  });
});

describe("checkOptions", () => {
  interface Options {
    readonly maxItems?: number;
    readonly signal?: AbortSignal;
  }
  const names = { maxItems: true, signal: true } as const;
  const check = (value: unknown): Options => checkOptions<Options>("open", "options", value as Options, names);

  it("returns an object that has known names only", () => {
    const options = { maxItems: 3 };
    expect(check(options)).toBe(options);
    expect(check({})).toEqual({});
  });

  it("names what is not known, and what is", () => {
    expect(() => check({ maxItems: 3, maxItem: 4 })).toThrow(
      new TypeError('Cannot open: options must be an object with only maxItems, signal, got an object with "maxItem"'),
    );
  });

  it("takes no offence at an unknown name without a value, at methods of a class, or at names that all objects have", () => {
    class Defaults {
      readonly maxItems = 3;
      describe(): string {
        return "defaults";
      }
    }
    expect(check(new Defaults()).maxItems).toBe(3);
    expect(check({ maxItem: undefined })).toEqual({ maxItem: undefined });
    expect(() => check({ toString: () => "x" })).toThrow('with "toString"');
  });

  it("finds unknown names in what an object inherits from another", () => {
    expect(() => check(Object.create({ maxItem: 4 }))).toThrow('with "maxItem"');
  });

  it("refuses a signal that stands in place of the options", () => {
    expect(() => check(new AbortController().signal)).toThrow(
      "options must be an object with only maxItems, signal, got an instance of AbortSignal",
    );
  });

  it.each([null, undefined, 5, "text", () => {}])("refuses %s", (value) => {
    expect(() => check(value)).toThrow(TypeError);
  });

  it("is not misled by what somebody has given to all objects", () => {
    Reflect.set(Object.prototype, "legacy", () => "old");
    try {
      expect(check({ maxItems: 3 })).toEqual({ maxItems: 3 });
      expect(() => check({ legacy: 1 })).toThrow('with "legacy"');
    } finally {
      Reflect.deleteProperty(Object.prototype, "legacy");
    }
  });

  it("refuses a list", () => {
    expect(() => check([1])).toThrow('got an array of 1 with "0"');
  });
});

describe("checkWaitOptions", () => {
  const names = { signal: true } as const;
  const check = (value: object): object => checkWaitOptions<{ signal?: AbortSignal }>("wait", "options", value, names);

  it("lets a context through, which is passed on for its signal", () => {
    const { signal } = new AbortController();
    for (const context of [
      { signal, attempt: 2, worker: undefined },
      { signal, key: "a" },
      { signal, token: 7 },
    ]) {
      expect(check(context)).toBe(context);
    }
  });

  it("names only the options when it refuses another name", () => {
    expect(() => check({ attempt: 1, timeoutMs: 5 })).toThrow(
      'Cannot wait: options must be an object with only signal, got an object with "timeoutMs"',
    );
  });
});

describe("signalOf", () => {
  it("returns the signal, or nothing without one", () => {
    const { signal } = new AbortController();
    expect(signalOf("run", { signal })).toBe(signal);
    for (const options of [{}, { signal: undefined }]) expect(signalOf("run", options)).toBeUndefined();
  });

  it.each([null, 5, "signal", { signla: 5 }, new AbortController().signal])(
    "refuses %o in place of options",
    (options) => {
      const call = () => signalOf("run", options as never);
      expect(call).toThrow(TypeError);
      expect(call).toThrow("Cannot run: options must be an object with only signal, got ");
    },
  );

  it.each([null, 5, {}])("refuses %o in place of a signal", (signal) => {
    const call = () => signalOf("run", { signal: signal as never });
    expect(call).toThrow(TypeError);
    expect(call).toThrow("Cannot run: signal must be an AbortSignal, got ");
  });
});
