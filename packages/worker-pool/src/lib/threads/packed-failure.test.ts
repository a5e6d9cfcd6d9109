import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { packFailure, unpackFailure } from "./packed-failure.ts";

/** There and back, as it goes from thread to thread. */
function travel(thrown: unknown): unknown {
  return unpackFailure(structuredClone(packFailure(thrown)));
}

class PaymentError extends Error {
  override readonly name = "PaymentError";
  readonly code = "CARD_DECLINED";
  readonly details = { amount: 12 };
  readonly retry = (): void => {};
}

describe("a failure that travels", () => {
  it("keeps its name, message, stack, and the properties that can be cloned", () => {
    const thrown = new PaymentError("declined");
    const error = travel(thrown) as PaymentError;
    expect(error).toBeInstanceOf(Error);
    expect(error.name).toBe("PaymentError");
    expect(error.message).toBe("declined");
    expect(error.stack).toBe(thrown.stack);
    expect(Object.entries(error)).toEqual([
      ["code", "CARD_DECLINED"],
      ["details", { amount: 12 }],
    ]);
    expect(String(error)).toBe("PaymentError: declined");
  });

  it.each([EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError])("stays a %o", (Class) => {
    const error = travel(new Class("m"));
    expect(error).toBeInstanceOf(Class);
    expect(Object.keys(error as Error)).toEqual([]);
  });

  it("keeps its causes, errors and others", () => {
    const error = travel(new Error("outer", { cause: new PaymentError("inner", { cause: [1] }) })) as Error;
    expect(error.cause).toMatchObject({ name: "PaymentError", message: "inner", cause: [1] });
    expect("cause" in (travel(new Error("m")) as Error)).toBe(false);
    expect(travel(new Error("m", { cause: undefined }))).toHaveProperty("cause", undefined);
  });

  it("keeps what an AggregateError is made of", () => {
    const error = travel(new AggregateError([new PaymentError("one"), 2], "both")) as AggregateError;
    expect(error).toBeInstanceOf(AggregateError);
    expect(error.message).toBe("both");
    expect(error.errors).toMatchObject([{ name: "PaymentError", message: "one" }, 2]);
  });

  it("may lead back to itself", () => {
    const error = new Error("round");
    error.cause = error;
    expect(travel(error)).toMatchObject({ message: "round", cause: { message: "round" } });
  });

  it("keeps the name of a DOMException", () => {
    expect(travel(new DOMException("was aborted", "AbortError"))).toMatchObject({
      name: "AbortError",
      message: "was aborted",
    });
  });

  it("may come from another realm", () => {
    expect(travel(runInNewContext('new TypeError("elsewhere")'))).toBeInstanceOf(TypeError);
  });

  it.each([undefined, null, 0, "text", 10n])("may be %s, no error at all", (thrown) => {
    expect(travel(thrown)).toBe(thrown);
  });

  it("may be an object that is no error", () => {
    expect(travel({ status: 404 })).toEqual({ status: 404 });
  });

  it.each([
    [() => {}, "a function"],
    [Symbol("s"), "Symbol(s)"],
    [{ run: () => {} }, "an object"],
  ])("says so when it cannot be cloned: %o", (thrown, kind) => {
    const error = travel(thrown);
    expect(error).toBeInstanceOf(Error);
    expect((error as Error).message).toBe(`the task threw ${kind}, which cannot be cloned`);
  });

  it("never fails to travel, whatever its properties do", () => {
    const error = new Error("m");
    Object.defineProperty(error, "trap", {
      enumerable: true,
      get: () => {
        throw new Error("trap");
      },
    });
    expect(travel(error)).toMatchObject({ message: "an error that cannot be read was thrown" });
    const nameless = Object.assign(new Error("m"), { name: undefined });
    expect(travel(nameless)).toMatchObject({ name: "undefined" });
  });
});
