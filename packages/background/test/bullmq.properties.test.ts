import fc from "fast-check";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { fixedDelay } from "@disp/retry";
import { describeWithRedis } from "../../../tooling/with-redis.ts";
import { openSite, untilOver } from "./bullmq-site.ts";

/** One call of `schedule`, and what its job does if it is accepted. Times in milliseconds. */
const call = fc.record({
  key: fc.constantFrom("a", "b:1", "", "ü"),
  holdMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 }), fc.double({ min: 0, max: 40, noNaN: true })),
  workMs: fc.integer({ min: 0, max: 15 }),
  fails: fc.integer({ min: 0, max: 2 }),
  thenWaitMs: fc.integer({ min: 0, max: 15 }),
  by: fc.nat({ max: 1 }),
});

interface Accepted {
  readonly key: string;
  /** When the call began, and when it had its answer. */
  readonly from: number;
  readonly until: number;
  readonly holdMs: number;
}

describeWithRedis("any calls on two machines", { timeout: 0 }, () => {
  it("never take a key before its job is over and its hold has passed, and leave it free then", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 25 }), async (calls) => {
        const site = openSite();
        const overAt = new Map<string, number>();
        const runs = new Map<string, number>();
        const process = async (arg: string): Promise<void> => {
          const { workMs = 0, fails = 0 } = calls[Number(arg)] ?? {};
          const run = (runs.get(arg) ?? 0) + 1;
          runs.set(arg, run);
          await sleep(workMs);
          overAt.set(arg, performance.now());
          if (run <= fails) throw new Error("once more");
        };
        const retry = fixedDelay({ delayMs: 3, maxRetries: 1 });
        const options = { process, retry, concurrency: 2, onError: () => {} };
        const machines = [site.processor(options), site.processor(options)];
        const accepted = new Map<string, Accepted>();
        const asking = calls.map(async ({ key, holdMs, by }, index) => {
          await sleep(calls.slice(0, index).reduce((sum, { thenWaitMs }) => sum + thenWaitMs, 0));
          const from = performance.now();
          const answer = await machines[by]?.schedule(key, String(index), { holdMs });
          if (answer?.scheduled === true) accepted.set(String(index), { key, from, until: performance.now(), holdMs });
        });
        await Promise.all(asking);
        await untilOver(machines[0] ?? site.processor());

        for (const [arg, { key, from }] of accepted) {
          const { fails = 0 } = calls[Number(arg)] ?? {};
          expect(runs.get(arg)).toBe(Math.min(fails, 1) + 1);
          for (const [before, earlier] of accepted) {
            if (earlier.key !== key || earlier.from >= from) continue;
            const { until } = accepted.get(arg) ?? { until: 0 };
            expect(until).toBeGreaterThanOrEqual(earlier.from + earlier.holdMs);
            expect(until).toBeGreaterThanOrEqual(overAt.get(before) ?? Infinity);
          }
        }
        expect(runs.size).toBe(accepted.size);

        // The longest hold, and the milliseconds that clocks are rounded by.
        await sleep(45);
        for (const key of new Set(calls.map((one) => one.key))) {
          expect(await machines[0]?.schedule(key, "x")).toEqual({ scheduled: true });
        }
        await Promise.all(machines.map((machine) => machine.stop({ drain: true })));
        expect([...(await site.keys()).keys()].filter((key) => key.startsWith("de:"))).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});
