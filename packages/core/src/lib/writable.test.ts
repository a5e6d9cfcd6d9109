import { describe, expect, it } from "vitest";
import type { Summary } from "./summary.ts";
import { type StreamTarget, writableInto } from "./writable.ts";

const summary = {} as Summary;

function target(log: unknown[], take: StreamTarget<unknown>["take"]): StreamTarget<unknown> {
  return {
    take,
    drain() {
      log.push("drain");
      return Promise.resolve(summary);
    },
    callOff: (reason) => void log.push(["call off", reason]),
    drained: Promise.resolve(summary),
  };
}

describe("a writable stream", () => {
  it("hands in what is written, and drains when it is closed", async () => {
    const log: unknown[] = [];
    const writer = writableInto(target(log, (item) => void log.push(item))).getWriter();
    await writer.write("a");
    await writer.write(undefined);
    await writer.close();
    expect(log).toEqual(["a", undefined, "drain"]);
  });

  it("calls everything off when it is aborted, even while a write waits for room", async () => {
    const log: unknown[] = [];
    let refuse: (error: unknown) => void = () => {};
    const waiting = target(log, () => new Promise((_, reject) => (refuse = reject)));
    const writer = writableInto({
      ...waiting,
      callOff(reason) {
        waiting.callOff(reason);
        refuse(reason);
      },
    }).getWriter();
    const written = writer.write("a");
    const closed = writer.closed;
    closed.catch(() => {});
    await new Promise((resolve) => setImmediate(resolve));
    const aborted = writer.abort("enough");
    await expect(written).rejects.toBe("enough");
    await aborted;
    expect(log[0]).toEqual(["call off", "enough"]);
  });
});
