import { describe, expect, it } from "vitest";
import { checkArg, refuseWithoutJson } from "./bullmq-arg.ts";

const cyclic: { self?: unknown } = {};
cyclic.self = cyclic;

describe("the argument of a job", () => {
  it("may be all that JSON has a form for, and what JSON makes something else of", () => {
    const args = [undefined, null, "", 0, NaN, false, [], {}, new Map(), new Date(), { later: () => 1 }];
    for (const arg of args) {
      expect(() => checkArg("a", arg)).not.toThrow();
      expect(() => refuseWithoutJson("a", arg)).not.toThrow();
    }
  });

  it("is no function, no symbol and no bigint: the message names the job", () => {
    const rule = 'Cannot schedule: arg of the job "bill:17" must have JSON, got';
    function later() {}
    expect(() => checkArg("bill:17", later)).toThrow(new TypeError(`${rule} function later`));
    expect(() => checkArg("bill:17", Symbol("x"))).toThrow(new TypeError(`${rule} Symbol(x)`));
    expect(() => checkArg("bill:17", 5n)).toThrow(
      new TypeError(`${rule} TypeError: Do not know how to serialize a BigInt`),
    );
  });

  it("has no such thing inside that JSON cannot leave away, and no circle", () => {
    const rule = /^Cannot schedule: arg of the job "a" must have JSON, got TypeError: /u;
    for (const arg of [{ id: 5n }, cyclic]) {
      expect(() => checkArg("a", arg)).not.toThrow();
      expect(() => refuseWithoutJson("a", arg)).toThrow(TypeError);
      expect(() => refuseWithoutJson("a", arg)).toThrow(rule);
    }
  });
});
