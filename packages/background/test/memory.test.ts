import { BackgroundProcessor, MemoryDedupStore } from "@disp/background";
import { describe, expect, it } from "vitest";
import { heapUsed } from "../../../tooling/heap-used.ts";

const MEGABYTE = 1_000_000;
const UNTIMED = { timeout: 0 };

describe("memory", UNTIMED, () => {
  it("can be measured here", () => {
    expect(globalThis.gc).toBeTypeOf("function");
  });

  it("is the same after many keys that came and went one by one", async () => {
    const store = new MemoryDedupStore();
    const pass = async (keys: number): Promise<void> => {
      for (let key = 0; key < keys; key++) await (await store.acquire(`key ${key}`, 1_000))?.release(0);
    };
    await pass(10_000);
    const before = await heapUsed();
    await pass(300_000);
    expect((await heapUsed()) - before).toBeLessThan(2 * MEGABYTE);
    expect(store.size).toBe(0);
  });

  it("is given back after a burst of keys, by a processor that goes on", async () => {
    let done = 0;
    const processor = new BackgroundProcessor<number>({ process: () => void (done += 1) });
    const before = await heapUsed();
    const burst = async (): Promise<void> => {
      const answers = Array.from({ length: 200_000 }, (_, key) => processor.schedule(`key ${key}`, key));
      await Promise.all(answers);
      while (processor.queueLength > 0) await new Promise((resolve) => setImmediate(resolve));
    };
    await burst();
    expect((await heapUsed()) - before).toBeLessThan(4 * MEGABYTE);
    expect(done).toBe(200_000);
    await processor.stop();
  });
});
