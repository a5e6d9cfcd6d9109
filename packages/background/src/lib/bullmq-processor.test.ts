import { fixedDelay } from "@disp/retry";
import { expect, it } from "vitest";
import { describeWithRedis } from "../../../../tooling/with-redis.ts";
import { milestone, openSite, untilOver } from "../../test/bullmq-site.ts";

const UNTIMED = { timeout: 0 };
const SCHEDULED = { scheduled: true };
const refused = (reason: string) => ({ scheduled: false, reason });

describeWithRedis("jobs in BullMQ", UNTIMED, () => {
  it("are run with their argument, by whichever instance has process", async () => {
    const site = openSite();
    const done = milestone<unknown>();
    const producer = site.processor();
    site.processor({ process: (arg, { key, attempt, signal }) => done.happen([key, arg, attempt, signal.aborted]) });
    expect(await producer.schedule("a:1", "x")).toEqual(SCHEDULED);
    expect(await done.happened).toEqual(["a:1", "x", 1, false]);
  });

  it("keep their key while they wait and while they run, and say which", async () => {
    const site = openSite();
    const producer = site.processor();
    expect(await producer.schedule("a", "x")).toEqual(SCHEDULED);
    expect(await producer.schedule("a", "y")).toEqual(refused("queued"));
    const [started, end] = [milestone(), milestone()];
    site.processor({ process: () => (started.happen(), end.happened) });
    await started.happened;
    expect(await producer.schedule("a", "y")).toEqual(refused("running"));
    expect(await producer.schedule("b", "y")).toEqual(SCHEDULED);
    end.happen();
  });

  it("leave their key to what remains of the hold, and not a millisecond less", async () => {
    const site = openSite();
    const done = milestone();
    const producer = site.processor({ process: () => done.happen() });
    const holdMs = 300;
    const before = performance.now();
    await producer.schedule("a", "x", { holdMs });
    await done.happened;
    await untilOver(producer);
    for (;;) {
      const answer = await producer.schedule("a", "y", { holdMs: 60_000 });
      if (answer.scheduled) break;
      expect(answer.reason).toBe("held");
    }
    expect(performance.now() - before).toBeGreaterThanOrEqual(holdMs);
  });

  it("are tried again as the policy says, and keep their key", async () => {
    const site = openSite();
    const attempts: number[] = [];
    const done = milestone();
    const processor = site.processor({
      retry: fixedDelay({ delayMs: 20.5, maxRetries: 3 }),
      process(_, { attempt }) {
        attempts.push(attempt);
        if (attempt < 3) throw new Error("not yet");
        done.happen();
      },
    });
    await processor.schedule("a", "x");
    await done.happened;
    expect(attempts).toEqual([1, 2, 3]);
  });

  it("that are given up are told once, with what was thrown, and free their key", async () => {
    const site = openSite();
    const failed = milestone<unknown>();
    const processor = site.processor({
      onError: (failure) => failed.happen(failure),
      process: () => {
        throw "no error at all";
      },
    });
    await processor.schedule("a", "x");
    expect(await failed.happened).toEqual({ key: "a", arg: "x", attempt: 1, error: "no error at all" });
    expect(await processor.schedule("a", "x")).toEqual(SCHEDULED);
    expect((await processor.counts()).failed).toBeGreaterThanOrEqual(1);
  });

  it("pause their slot for the number that process returns", async () => {
    const site = openSite();
    const starts: number[] = [];
    const done = milestone();
    const processor = site.processor({
      process() {
        starts.push(performance.now());
        if (starts.length === 3) done.happen();
        return 100;
      },
    });
    for (const key of ["a", "b", "c"]) await processor.schedule(key, key);
    await done.happened;
    const gaps = [1, 2].map((i) => (starts[i] ?? 0) - (starts[i - 1] ?? 0));
    for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(100);
  });

  it("pause one slot of many, and use it again while the others are busy", async () => {
    const site = openSite();
    const [end, last] = [milestone(), milestone()];
    const runs: string[] = [];
    const processor = site.processor({
      concurrency: 2,
      process(arg) {
        runs.push(arg);
        if (arg === "long") return end.happened;
        if (runs.length === 4) last.happen();
        return 30;
      },
    });
    for (const arg of ["long", "a", "b", "c"]) await processor.schedule(arg, arg);
    await last.happened;
    expect(runs).toEqual(["long", "a", "b", "c"]);
    end.happen();
  });

  it("are refused with a hold that is longer than can be kept", async () => {
    const producer = openSite().processor();
    await expect(producer.schedule("a", "x", { holdMs: 2 ** 40 + 1 })).rejects.toThrow(RangeError);
    expect(await producer.schedule("a", "x", { holdMs: 2 ** 40 })).toEqual(SCHEDULED);
  });

  it("leave no key behind without an end but those of the queue", async () => {
    const site = openSite();
    const processor = site.processor({ process: () => {}, concurrency: 4 });
    for (let i = 0; i < 20; i += 1) await processor.schedule(`key ${i}`, "x", { holdMs: i % 2 === 0 ? 0 : 60_000 });
    await processor.stop({ drain: true });
    const keys = await site.keys();
    const endless = [...keys].filter(([, ms]) => ms < 0).map(([key]) => key);
    expect(["events", "id", "marker", "meta"]).toEqual(expect.arrayContaining(endless));
    expect([...keys.keys()].filter((key) => key.startsWith("de:"))).toHaveLength(10);
    for (const ms of keys.values()) expect(ms).toBeLessThanOrEqual(60_000);
  });

  it("that have failed leave the last ones of them, and a list of those", async () => {
    const site = openSite();
    const process = (): never => {
      throw new Error("never");
    };
    const processor = site.processor({ process, keepFailed: 2, onError: () => {} });
    for (let i = 0; i < 5; i += 1) await processor.schedule(`key ${i}`, "x");
    await processor.stop({ drain: true });
    const endless = [...(await site.keys())].filter(([, ms]) => ms < 0).map(([key]) => key);
    expect(endless.filter((key) => key.startsWith("0-"))).toHaveLength(2);
    const others = endless.filter((key) => !key.startsWith("0-"));
    expect(["events", "failed", "id", "marker", "meta"]).toEqual(expect.arrayContaining(others));
    expect(others).toContain("failed");
  });
});
