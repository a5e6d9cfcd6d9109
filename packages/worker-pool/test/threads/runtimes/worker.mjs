/* global setImmediate */
import { defineTasks, taskSignal, transferred } from "@disp/worker-pool/threads";

export const tasks = defineTasks({
  add: (a, b) => a + b,
  echo: (value) => value,
  fail: () => {
    throw Object.assign(new RangeError("failed"), { code: "E_FAILED" });
  },
  exit: (code) => process.exit(code),
  throwUncaught: () =>
    new Promise(() =>
      setImmediate(() => {
        throw new RangeError("uncaught");
      }),
    ),
  rejectUnhandled: () => new Promise(() => void Promise.reject(new RangeError("unhandled"))),
  spin: () => {
    for (;;);
  },
  spinUntilAborted: () => {
    while (!taskSignal().aborted);
    return "stopped";
  },
  blank: (size) => {
    const bytes = new Uint8Array(size);
    return transferred(bytes, [bytes.buffer]);
  },
  eatMemory: () => {
    const kept = [];
    for (;;) kept.push(new Array(10_000).fill({ some: kept.length }));
  },
});
