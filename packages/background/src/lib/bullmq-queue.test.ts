import { Queue } from "bullmq";
import { afterEach, expect, it, onTestFinished, vi } from "vitest";
import { describeWithRedis } from "../../../../tooling/with-redis.ts";
import { openSite, type Site } from "../../test/bullmq-site.ts";
import { openClient } from "./bullmq-connection.ts";
import { FREE, LIFE_MS } from "./bullmq-key-scripts.ts";
import { type BullMqProcessorOptions, normalize } from "./bullmq-options.ts";
import { JobQueue } from "./bullmq-queue.ts";
import { REFUSED, SCHEDULED } from "./schedule-result.ts";

const ignore = () => {};
const HOLD_MS = 60_000;

async function queueOf(site: Site, options: Partial<BullMqProcessorOptions<string>> = {}): Promise<JobQueue<string>> {
  const resolved = normalize<string>({ connection: site.client, name: site.name, timeoutMs: 60_000, ...options });
  const queue = new JobQueue<string>(resolved, await openClient(site.client, ignore), ignore);
  onTestFinished(() => queue.close());
  return queue;
}

describeWithRedis("the queue", { timeout: 0 }, () => {
  afterEach(() => void vi.restoreAllMocks());

  it("takes one job of a key, however many ask for it at once, on however many machines", async () => {
    const site = openSite();
    const queues = [await queueOf(site), await queueOf(site)];
    const asking = queues.flatMap((queue) => Array.from({ length: 10 }, (_, arg) => queue.schedule("a", `${arg}`, 0)));
    const answers = await Promise.all(asking);
    expect(answers.filter((answer) => answer === SCHEDULED)).toHaveLength(1);
    expect(answers.filter((answer) => answer === REFUSED.queued)).toHaveLength(19);
    expect(await queues[0]?.counts()).toEqual({ waiting: 1, running: 0, delayed: 0, failed: 0 });
  });

  it("takes any string for a key", async () => {
    const queue = await queueOf(openSite());
    const keys = ["", "a:b", "{a}", '"a"', "\ud83d", "\ud83e"];
    for (const key of keys) expect(await queue.schedule(key, "x", 0)).toBe(SCHEDULED);
    for (const key of keys) expect(await queue.schedule(key, "x", 0)).toBe(REFUSED.queued);
  });

  it("gives up when it was told five times that a key is free, and lost it to somebody each time", async () => {
    const queue = await queueOf(openSite());
    await queue.schedule("a", "x", HOLD_MS);
    const ask = vi.spyOn(queue.keys, "ask").mockResolvedValue({ state: FREE, generation: "0" });
    expect(await queue.schedule("a", "y", HOLD_MS)).toBe(REFUSED.held);
    expect(ask).toHaveBeenCalledTimes(5);
    expect(await queue.counts()).toMatchObject({ waiting: 1 });
  });

  it("rounds holds up: none ends early by a fraction", async () => {
    const add = vi.spyOn(Queue.prototype, "add");
    await (await queueOf(openSite())).schedule("a", "x", 0.25);
    expect(add.mock.lastCall?.[2]?.deduplication?.ttl).toBe(LIFE_MS + 1);
  });

  it("counts what waits while somebody has paused the queue", async () => {
    const site = openSite();
    const queue = await queueOf(site);
    const bull = new Queue(site.name, { connection: site.client });
    onTestFinished(() => bull.close());
    await queue.schedule("a", "x", 0);
    await bull.pause();
    await queue.schedule("b", "x", 0);
    expect(await queue.counts()).toEqual({ waiting: 2, running: 0, delayed: 0, failed: 0 });
  });

  it("takes no argument without JSON, and says whose it is", async () => {
    const queue = await queueOf(openSite());
    const rule = 'Cannot schedule: arg of the job "a" must have JSON, got';
    for (const arg of [() => 1, 5n, { id: 5n }]) {
      const outcome = queue.schedule("a", arg as never, 0);
      await expect(outcome).rejects.toThrow(TypeError);
      await expect(outcome).rejects.toThrow(rule);
    }
    expect(await queue.schedule("a", { map: new Map() } as never, 0)).toEqual({ scheduled: true });
  });

  it("waits for BullMQ no longer than told", async () => {
    const queue = await queueOf(openSite(), { timeoutMs: 200 });
    vi.spyOn(Queue.prototype, "add").mockReturnValue(new Promise(() => {}));
    vi.spyOn(Queue.prototype, "getJobCounts").mockReturnValue(new Promise(() => {}));
    // The question about the key is answered, by the server.
    vi.spyOn(queue.keys, "ask").mockResolvedValue({ state: FREE, generation: "0" });
    const away = { code: "DISP_REDIS_UNAVAILABLE", reason: "timeout" };
    await expect(queue.schedule("a", "x", 0)).rejects.toMatchObject({ ...away, command: "add" });
    await expect(queue.counts()).rejects.toMatchObject({ ...away, command: "getJobCounts" });
  });

  it("leaves the client open when it is closed", async () => {
    const site = openSite();
    await (await queueOf(site)).close();
    expect(await site.client.ping()).toBe("PONG");
  });
});
