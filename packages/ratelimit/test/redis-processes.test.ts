import { RedisRateLimiter } from "@disp/ratelimit/redis";
import { Redis } from "ioredis";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runScript } from "../../../tooling/run-script.ts";
import { describeWithRedis, redisUrl, uniqueName } from "../../../tooling/with-redis.ts";

const UNTIMED = { timeout: 0 };
const fixture = (name: string): string => join(import.meta.dirname, "fixtures", name);

describeWithRedis("several processes", UNTIMED, () => {
  it.each([0, 20])("share one limit, with a lease of %s", async (tokens) => {
    const [rate, burst] = [200, 40];
    const args = [redisUrl, uniqueName(), rate, burst, tokens, 600].map(String);
    const runs = await Promise.all([1, 2].map(() => runScript(fixture("leased.ts"), ...args)));
    const reports = runs.map(({ stdout, stderr }) => {
      expect(stderr).toBe("");
      return JSON.parse(stdout) as { granted: number; startedAt: number; endedAt: number };
    });
    // One clock for all processes of a machine.
    const startedAt = Math.min(...reports.map((report) => report.startedAt));
    const endedAt = Math.max(...reports.map((report) => report.endedAt));
    const granted = reports.reduce((sum, report) => sum + report.granted, 0);
    expect(granted).toBeLessThanOrEqual(burst + (rate * (endedAt - startedAt)) / 1_000_000 + 2 * tokens + 1);
    expect(granted).toBeGreaterThan(burst);
  });

  it("end though limiters in them are never closed", async () => {
    expect(await runScript(fixture("dropped.ts"), redisUrl)).toEqual({ code: 0, stdout: "done\n", stderr: "" });
  });
});

describeWithRedis("several limiters with leases", UNTIMED, () => {
  it("let through in any span no more than the limit and what each may hold", async () => {
    const client = new Redis(redisUrl);
    const [rate, burst, tokens, count] = [400, 50, 20, 3];
    const options = { client, key: uniqueName(), timeoutMs: 60_000, ratePerSecond: rate, burst };
    const limiters = Array.from(
      { length: count },
      () => new RedisRateLimiter({ ...options, lease: { tokens, ttlMs: 100 } }),
    );
    const startedAt = performance.now();
    const usedAt: number[] = [];
    const use = async (limiter: RedisRateLimiter, pauseEvery: number): Promise<void> => {
      for (let used = 1; performance.now() < startedAt + 1_000 || used <= 40; used += 1) {
        await limiter.wait();
        usedAt.push(performance.now());
        // So that tokens are held, and some of them become old.
        if (used % pauseEvery === 0) await new Promise((resolve) => setTimeout(resolve, 60));
      }
    };
    await Promise.all(limiters.map((limiter, index) => use(limiter, 7 * (index + 1))));
    await Promise.all(limiters.map((limiter) => limiter.close()));
    for (const [first, from] of usedAt.entries()) {
      for (let last = first; last < usedAt.length; last += 1) {
        const most = burst + (rate * ((usedAt[last] as number) - from)) / 1_000 + count * (tokens + 1) + 1;
        if (last - first + 1 > most) expect.fail(`${last - first + 1} tokens in a span that may have ${most}`);
      }
    }
    expect(usedAt.length).toBeGreaterThan(burst);
    client.disconnect();
  });
});
