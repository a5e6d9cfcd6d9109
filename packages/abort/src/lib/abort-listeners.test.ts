import { getEventListeners } from "node:events";
import { describe, expect, it } from "vitest";
import { addAbortListener, removeAbortListener } from "./abort-listeners.ts";

const listenersOn = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

describe("abort listeners", () => {
  it("share one real listener, and hear of the abort in the order in which they came", () => {
    const controller = new AbortController();
    const heard: number[] = [];
    for (let index = 0; index < 100; index += 1) {
      addAbortListener(controller.signal, { handleAbort: () => heard.push(index) });
    }
    expect(listenersOn(controller.signal)).toBe(1);
    controller.abort();
    expect(heard).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(listenersOn(controller.signal)).toBe(0);
  });

  it("leave nothing behind when the last one is removed", () => {
    const controller = new AbortController();
    const heard: string[] = [];
    const first = { handleAbort: () => heard.push("first") };
    const second = { handleAbort: () => heard.push("second") };
    addAbortListener(controller.signal, first);
    addAbortListener(controller.signal, second);
    removeAbortListener(controller.signal, first);
    removeAbortListener(controller.signal, first);
    expect(listenersOn(controller.signal)).toBe(1);
    removeAbortListener(controller.signal, second);
    expect(listenersOn(controller.signal)).toBe(0);
    addAbortListener(controller.signal, second);
    controller.abort();
    expect(heard).toEqual(["second"]);
  });

  it("may remove each other while the abort is told", () => {
    const controller = new AbortController();
    const heard: string[] = [];
    const last = { handleAbort: () => heard.push("last") };
    addAbortListener(controller.signal, { handleAbort: () => removeAbortListener(controller.signal, last) });
    addAbortListener(controller.signal, last);
    controller.abort();
    expect(heard).toEqual([]);
  });

  it("hear of the abort although one before them throws, and its error surfaces", async () => {
    const controller = new AbortController();
    const heard: string[] = [];
    const surfaced = new Promise((resolve) => process.once("unhandledRejection", resolve));
    addAbortListener(controller.signal, {
      handleAbort: () => {
        throw new Error("listener");
      },
    });
    addAbortListener(controller.signal, { handleAbort: () => heard.push("second") });
    controller.abort();
    expect(heard).toEqual(["second"]);
    expect(await surfaced).toEqual(new Error("listener"));
  });

  it("ignore the removal of a listener that was never added", () => {
    expect(() => removeAbortListener(new AbortController().signal, { handleAbort: () => {} })).not.toThrow();
  });
});
