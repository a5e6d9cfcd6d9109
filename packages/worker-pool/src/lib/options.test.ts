import { noRetry } from "@disp/retry";
import { describe, expect, it } from "vitest";
import { checkSize, normalize, WORKER_POOL_DEFAULTS } from "./options.ts";
import { doubling } from "./scaling-policy.ts";

describe("normalize", () => {
  it("fills in the documented defaults", () => {
    expect(normalize({ maxWorkers: 4 })).toEqual({
      minWorkers: 0,
      maxWorkers: 4,
      maxQueued: Infinity,
      order: "fifo",
      scaleDownAfterMs: 300_000,
      taskTimeoutMs: 10_000,
      factory: undefined,
      scaling: doubling(),
      onError: undefined,
    });
    expect(Object.isFrozen(WORKER_POOL_DEFAULTS) && Object.isFrozen(WORKER_POOL_DEFAULTS.worker)).toBe(true);
  });

  it("takes undefined for what was left out", () => {
    const all = {
      minWorkers: undefined,
      maxQueued: undefined,
      order: undefined,
      worker: undefined,
      onError: undefined,
    };
    const more = { scaleDownAfterMs: undefined, taskTimeoutMs: undefined, scaling: undefined };
    expect(normalize({ maxWorkers: 4, ...all, ...more })).toEqual(normalize({ maxWorkers: 4 }));
  });

  it("refuses names that it does not know, and null for an option", () => {
    const refuse = (options: object) => () => normalize({ maxWorkers: 1, ...options });
    expect(refuse({ maxWorker: 2 })).toThrow(
      /^Cannot create a WorkerPool: options must be .*, got an object with "maxWorker"$/,
    );
    const names = [...Object.keys(WORKER_POOL_DEFAULTS), "worker", "scaling", "onError"];
    for (const name of names) expect(refuse({ [name]: null })).toThrow(`${name} must be`);
    expect(() => normalize(null as never)).toThrow("options must be an object with only maxWorkers, ");
  });

  it("takes undefined for what a factory leaves out, and refuses null", () => {
    const rest = { destroy: undefined, isUsable: undefined, retry: undefined };
    const times = { createTimeoutMs: undefined, destroyTimeoutMs: undefined };
    const { factory } = normalize({ maxWorkers: 1, worker: { create: () => 1, ...rest, ...times } });
    expect(factory).toMatchObject(WORKER_POOL_DEFAULTS.worker);
    for (const name of [...Object.keys(rest), ...Object.keys(times)]) {
      const worker = { create: () => 1, [name]: null };
      expect(() => normalize({ maxWorkers: 1, worker })).toThrow(`worker.${name} must be`);
    }
  });

  it("calls the methods of a factory on the factory itself", () => {
    class Factory {
      readonly createTimeoutMs = 5;
      readonly retry = noRetry();
      readonly #made = "made";
      create(): string {
        return this.#made;
      }
      isUsable(worker: string): boolean {
        return worker === this.#made;
      }
    }
    const { factory } = normalize({ maxWorkers: 1, worker: new Factory() });
    expect(factory).toMatchObject({ createTimeoutMs: 5, retry: noRetry() });
    expect(factory?.create({ signal: AbortSignal.abort() })).toBe("made");
    expect([factory?.isUsable("made"), factory?.isUsable("other")]).toEqual([true, false]);
    expect(factory?.destroy("made")).toBeUndefined();
  });

  it("completes a factory", () => {
    const { factory } = normalize({ maxWorkers: 1, worker: { create: () => 1 } });
    expect(factory).toMatchObject(WORKER_POOL_DEFAULTS.worker);
    expect(factory?.isUsable(1)).toBe(true);
  });

  it("refuses a factory that is none, by the path of what is wrong", () => {
    const create = () => 1;
    const refuse = (worker: object) => () => normalize({ maxWorkers: 1, worker: worker as { create(): number } });
    expect(refuse({})).toThrow("worker must be an object with create()");
    expect(refuse({ create, destroy: 1 })).toThrow("worker.destroy must be a function");
    expect(refuse({ create, isUsable: {} })).toThrow("worker.isUsable must be a function");
    expect(refuse({ create, retry: {} })).toThrow("worker.retry must be an object with nextDelayMs()");
    expect(refuse({ create, destroyTimeoutMs: 0 })).toThrow("worker.destroyTimeoutMs must be a number > 0 or Infinity");
    expect(refuse({ create, createTimeoutMs: 0 })).toThrow("worker.createTimeoutMs must be a number > 0 or Infinity");
  });
});

describe("checkSize", () => {
  it("lets a size pass in which the minimum fits", () => {
    expect(checkSize("resize", 2, 2)).toEqual({ minWorkers: 2, maxWorkers: 2 });
    expect(() => checkSize("resize", 3, 2)).toThrow(RangeError);
    expect(() => checkSize("resize", -1, 2)).toThrow(RangeError);
    expect(() => checkSize("resize", 0, NaN)).toThrow(RangeError);
  });
});
