import { BullMqProcessor } from "@disp/background/bullmq";
import { fixedDelay } from "@disp/retry";
import { expect, it } from "vitest";
import { describeWithRedis, redisUrl, uniqueName } from "../../../tooling/with-redis.ts";
import { milestone, openSite, untilOver } from "./bullmq-site.ts";

const UNTIMED = { timeout: 0 };
const SCHEDULED = { scheduled: true };
const LEASE_MS = 200;

describeWithRedis("stop", UNTIMED, () => {
  it("tells what runs to end, puts it back, and leaves what waits to other machines", async () => {
    const site = openSite();
    const [started, runs] = [milestone(), [] as unknown[]];
    const first = site.processor({
      process: (_, { signal }) => {
        started.happen();
        return new Promise((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(signal.reason as Error)),
        );
      },
      onError: (failure) => void runs.push(failure),
    });
    await first.schedule("a", "x");
    await first.schedule("b", "y");
    await started.happened;
    expect(await Promise.all([first.stop(), first.stop()])).toEqual([{ leftover: [] }, { leftover: [] }]);
    expect(await first.schedule("c", "z")).toEqual({ scheduled: false, reason: "stopped" });
    const second = site.processor({ process: (arg, { attempt }) => void runs.push([arg, attempt]) });
    expect(await second.schedule("a", "again")).toEqual({ scheduled: false, reason: "queued" });
    await second.stop({ drain: true });
    expect(runs.sort()).toEqual([
      ["x", 1],
      ["y", 1],
    ]);
  });

  it("drains what waits, retries and pauses included", async () => {
    const site = openSite();
    const runs: unknown[] = [];
    const processor = site.processor({
      retry: fixedDelay({ delayMs: 300, maxRetries: 1 }),
      process: (arg, { attempt }) => {
        runs.push([arg, attempt]);
        if (attempt === 1) throw new Error("once more");
        return 20;
      },
    });
    await Promise.all(["a", "b", "c"].map((key) => processor.schedule(key, key)));
    expect(await processor.stop({ drain: true })).toEqual({ leftover: [] });
    expect(runs).toHaveLength(6);
  });

  it("drains the retry of a job that has just failed, every time", async () => {
    const connection = openSite().client;
    for (let round = 0; round < 10; round += 1) {
      const done: string[] = [];
      const name = uniqueName();
      const producer = new BullMqProcessor<string>({ connection, name });
      const worker = new BullMqProcessor<string>({
        connection,
        name,
        retry: fixedDelay({ delayMs: 5, maxRetries: 3 }),
        process: (arg, { attempt }) => {
          if (attempt <= 3) throw new Error("once more");
          done.push(arg);
        },
      });
      await producer.schedule("a", "x");
      await worker.stop({ drain: true });
      expect(done).toEqual(["x"]);
      expect(await producer.counts()).toEqual({ waiting: 0, running: 0, delayed: 0, failed: 0 });
      await producer.stop();
    }
  });

  it("drains a job whose lease was lost before it could be put back for its retry", async () => {
    const site = openSite();
    const runs: string[] = [];
    const processor = site.processor({
      leaseMs: LEASE_MS,
      retry: fixedDelay({ delayMs: 5, maxRetries: 1 }),
      async process(arg) {
        runs.push(arg);
        if (runs.length > 1) return;
        const [id = ""] = await site.client.lrange(`bull:${site.name}:active`, 0, 0);
        await site.client.del(`bull:${site.name}:${id}:lock`);
        throw new Error("once more");
      },
    });
    await processor.schedule("a", "x");
    await processor.stop({ drain: true });
    expect(runs).toEqual(["x", "x"]);
    expect(await site.processor().counts()).toEqual({ waiting: 0, running: 0, delayed: 0, failed: 0 });
  });

  it("does not wait for jobs that other machines run", async () => {
    const site = openSite();
    const [started, end] = [milestone(), milestone()];
    const other = site.processor({ process: () => (started.happen(), end.happened) });
    await other.schedule("a", "x");
    await started.happened;
    expect(await site.processor({ process: () => {} }).stop({ drain: true })).toEqual({ leftover: [] });
    expect(await site.processor().counts()).toMatchObject({ running: 1 });
    end.happen();
  });

  it("leaves at the deadline a retry whose time has not come, and tells nobody: it is safe", async () => {
    const site = openSite();
    const [failed, errors] = [milestone(), [] as unknown[]];
    const processor = site.processor({
      retry: fixedDelay({ delayMs: 60_000, maxRetries: 1 }),
      onError: (failure) => void errors.push(failure),
      process: () => {
        failed.happen();
        throw new Error("once more");
      },
    });
    await processor.schedule("a", "x");
    await failed.happened;
    expect(await processor.stop({ drain: true, timeoutMs: 50 })).toEqual({ leftover: [] });
    expect(errors).toEqual([]);
    expect(await site.processor().counts()).toEqual({ waiting: 0, running: 0, delayed: 1, failed: 0 });
  });

  it("abandons at the deadline what does not end, and another machine does it", async () => {
    const site = openSite();
    const [started, failures] = [milestone(), [] as unknown[]];
    const first = site.processor({
      leaseMs: LEASE_MS,
      process: () => (started.happen(), new Promise(() => {})),
      onError: ({ key, error }) => void failures.push([key, (error as Error).name]),
    });
    await first.schedule("a", "x");
    await started.happened;
    expect(await first.stop({ drain: true, timeoutMs: 10 })).toEqual({ leftover: [] });
    expect(failures).toEqual([["a", "JobAbandonedError"]]);
    const done = milestone<string>();
    const second = site.processor({ leaseMs: LEASE_MS, process: (arg) => done.happen(arg) });
    expect(await second.schedule("a", "y")).toMatchObject({ scheduled: false });
    expect(await done.happened).toBe("x");
  });

  it.each([{ drain: true }, {}])(
    "ends, and says why it knows no more, when the owner closed the client: %o",
    async (how) => {
      const site = openSite();
      const [started, end, runs, told] = [milestone(), milestone(), [] as string[], [] as unknown[]];
      const first = site.processor({
        leaseMs: LEASE_MS,
        process: (arg) => (runs.push(arg), started.happen(), end.happened),
        onConnectionError: (error) => void told.push(error),
      });
      await first.schedule("a", "x");
      await first.schedule("b", "y");
      await started.happened;
      await site.client.quit();
      const stopping = first.stop(how);
      end.happen();
      expect(await stopping).toEqual({ leftover: [] });
      expect(runs).toEqual(["x"]);
      expect(told.map(String)).toContain(
        "Error: Cannot finish stopping: the client must be open until the processor has stopped, got one that was closed",
      );
    },
  );

  it("ends when the client was closed and nothing runs", async () => {
    const site = openSite();
    const processor = site.processor({ process: () => {} });
    expect(await processor.schedule("a", "x")).toEqual(SCHEDULED);
    await untilOver(processor);
    site.client.disconnect();
    expect(await processor.stop({ drain: true })).toEqual({ leftover: [] });
  });

  it("closes what was made here, and nothing that was given", async () => {
    const site = openSite();
    const { hostname: host, port } = new URL(redisUrl);
    const made = new BullMqProcessor<string>({
      connection: { host, port: Number(port) },
      name: site.name,
      process: () => {},
    });
    expect(await made.schedule("a", "x")).toEqual(SCHEDULED);
    await site.processor({ process: () => {} }).stop({ drain: true });
    await made.stop();
    expect(await site.client.ping()).toBe("PONG");
    const names = String(await site.client.call("CLIENT", "LIST"));
    expect(names).not.toContain(Buffer.from(site.name).toString("base64"));
  });
});
