import { BackgroundProcessor, type DedupStore, MemoryDedupStore } from "@disp/background";
import { fixedDelay } from "@disp/retry";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("schedule" as const),
      key: fc.constantFrom("a", "b", "c"),
      holdMs: fc.constantFrom(0, 5, 12.5, 40, 100),
      takesMs: fc.constantFrom(0, 3, 20, 60),
      fails: fc.boolean(),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(45) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("bump" as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const setting = fc.record({
  concurrency: fc.constantFrom(1, 2, Infinity),
  whileRunning: fc.constantFrom("drop" as const, "run-again" as const),
  isDrained: fc.boolean(),
});
type Setting = typeof setting extends fc.Arbitrary<infer T> ? T : never;

interface Arg {
  readonly id: number;
  readonly takesMs: number;
  readonly fails: boolean;
}

/** All that can be seen of a processor to which these steps happen. */
async function rehearse({ isDrained, ...options }: Setting, steps: readonly Step[], dedup: DedupStore | undefined) {
  const begin = performance.now();
  const log: unknown[] = [];
  const say = (...words: unknown[]) => void log.push([performance.now() - begin, ...words]);
  const processor = new BackgroundProcessor<Arg>({
    ...options,
    dedup,
    retry: fixedDelay({ delayMs: 4, maxRetries: 1 }),
    process: async ({ id, takesMs, fails }, { attempt }) => {
      say("run", id, attempt);
      if (takesMs > 0) await new Promise((resolve) => setTimeout(resolve, takesMs));
      if (fails) throw new Error("job");
    },
    onError: ({ arg }) => say("failed", arg.id),
  });
  for (const [id, each] of steps.entries()) {
    if (each.do === "wait") await vi.advanceTimersByTimeAsync(each.ms);
    else if (each.do === "bump") say("bump", await processor.bumpGeneration());
    else
      say("schedule", id, await processor.schedule(each.key, { id, takesMs: each.takesMs, fails: each.fails }, each));
    // What happens in one burst of microtasks may come in another order: asking a store takes some of them.
    await vi.advanceTimersByTimeAsync(0);
    say("waiting", processor.queueLength);
  }
  const stopped = processor.stop({ drain: isDrained });
  await vi.advanceTimersByTimeAsync(10_000);
  say("left", await stopped);
  expect(vi.getTimerCount()).toBe(0);
  return log;
}

beforeEach(() => void vi.useFakeTimers());

afterEach(() => void vi.useRealTimers());

describe("a processor without a store", { timeout: 0 }, () => {
  it("does what one does that has a MemoryDedupStore to itself", async () => {
    await fc.assert(
      fc.asyncProperty(setting, fc.array(step, { maxLength: 40 }), async (options, steps) => {
        const without = await rehearse(options, steps, undefined);
        expect(without).toEqual(await rehearse(options, steps, new MemoryDedupStore()));
      }),
      { numRuns: 300 },
    );
  });

  it("has a key of its own in each processor", async () => {
    const process = () => {};
    const [one, other] = [new BackgroundProcessor<number>({ process }), new BackgroundProcessor<number>({ process })];
    expect(await one.schedule("a", 1, { holdMs: 1_000 })).toEqual({ scheduled: true });
    expect(await other.schedule("a", 1, { holdMs: 1_000 })).toEqual({ scheduled: true });
    expect(await one.schedule("a", 2)).toEqual({ scheduled: false, reason: "held" });
  });
});
