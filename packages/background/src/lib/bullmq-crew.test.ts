import { RedisUnavailableError } from "@disp/redis";
import { fixedDelay } from "@disp/retry";
import { expect, it, onTestFinished, vi } from "vitest";
import { describeWithRedis } from "../../../../tooling/with-redis.ts";
import { milestone, openSite, type Site } from "../../test/bullmq-site.ts";
import { openClient, openWorkerClient } from "./bullmq-connection.ts";
import { Crew } from "./bullmq-crew.ts";
import { FREE, RUNNING } from "./bullmq-key-scripts.ts";
import { type BullMqProcessorOptions, normalize } from "./bullmq-options.ts";
import { JobQueue } from "./bullmq-queue.ts";
import { FailureReports } from "./failure-reports.ts";
import type { JobFailure } from "./options.ts";

type Process = NonNullable<BullMqProcessorOptions<string>["process"]>;

const ignore = () => {};
const NONE = { waiting: 0, running: 0, delayed: 0, failed: 0 };

/** A crew at a queue, and what it has told. */
async function setUp(site: Site, process: Process, options: Partial<BullMqProcessorOptions<string>> = {}) {
  const failures: JobFailure<string>[] = [];
  const [idle, failed] = [milestone(), milestone()];
  const given = await openClient(site.client, ignore);
  const resolved = normalize<string>({ connection: site.client, name: site.name, timeoutMs: 60_000, ...options });
  const queue = new JobQueue<string>(resolved, given, ignore);
  const onError = (failure: JobFailure<string>): void => {
    failures.push(failure);
    failed.happen();
  };
  const crew = new Crew<string>({
    options: resolved,
    process,
    client: openWorkerClient(given, ignore),
    keyClient: given,
    keys: queue.keys,
    reports: new FailureReports(onError),
    onConnectionError: ignore,
    onIdle: () => idle.happen(),
  });
  onTestFinished(async () => {
    crew.cut();
    await queue.close();
  });
  return { crew, queue, failures, idle: idle.happened, failed: failed.happened };
}

describeWithRedis("a crew", { timeout: 0 }, () => {
  it("runs as many jobs at once as it has slots, and says when none runs any more", async () => {
    const [end, full] = [milestone(), milestone()];
    const started: string[] = [];
    const process: Process = (arg) => {
      started.push(arg);
      if (started.length === 2) full.happen();
      return end.happened;
    };
    const { crew, queue, idle } = await setUp(openSite(), process, { concurrency: 2 });
    for (const key of ["a", "b", "c"]) await queue.schedule(key, key, 0);
    await full.happened;
    expect(crew.running).toBe(2);
    expect(await queue.counts()).toEqual({ ...NONE, waiting: 1, running: 2 });
    end.happen();
    await idle;
    expect(crew.running).toBe(0);
  });

  it("at rest lets jobs finish, and fetches none", async () => {
    const [started, end] = [milestone<AbortSignal>(), milestone()];
    const process: Process = (_, { signal }) => (started.happen(signal), end.happened);
    const { crew, queue, idle } = await setUp(openSite(), process);
    await queue.schedule("a", "x", 0);
    await queue.schedule("b", "y", 0);
    const signal = await started.happened;
    crew.rest();
    end.happen();
    await idle;
    // Closing would keep it from fetching, too.
    while ((await queue.counts()).running > 0);
    expect(signal.aborted).toBe(false);
    expect(await queue.counts()).toEqual({ ...NONE, waiting: 1 });
  });

  it("that is halted tells its jobs to end, and puts back those that fail then: it was no attempt", async () => {
    const site = openSite();
    const started = milestone();
    const reasons: unknown[] = [];
    const first = await setUp(site, (_, { signal }) => {
      started.happen();
      return new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          reasons.push(signal.reason);
          reject(new Error("told to end"));
        });
      });
    });
    await first.queue.schedule("a", "x", 0);
    await started.happened;
    for (const reason of ["enough", "too late"]) first.crew.halt(reason);
    await first.crew.close();
    const again = milestone<number>();
    await setUp(site, (_, { attempt }) => again.happen(attempt));
    expect(await again.happened).toBe(1);
    expect([reasons, first.failures]).toEqual([["enough"], []]);
  });

  it("that has abandoned a job leaves it as it is, however it ends", async () => {
    for (const isGood of [true, false]) {
      const [started, end] = [milestone(), milestone()];
      const process: Process = async () => {
        started.happen();
        await end.happened;
        if (!isGood) throw new Error("late");
      };
      const retry = fixedDelay({ delayMs: 1, maxRetries: 1 });
      const { crew, queue, failures } = await setUp(openSite(), process, { retry });
      await queue.schedule("a", "x", 0);
      await started.happened;
      crew.rest();
      expect(crew.abandon().map(({ key }) => key)).toEqual(["a"]);
      expect(crew.running).toBe(0);
      end.happen();
      await crew.close();
      expect(await queue.keys.ask("a")).toMatchObject({ state: RUNNING });
      expect([await queue.counts(), failures]).toEqual([{ ...NONE, running: 1 }, []]);
    }
  });

  it("tells of a failure when the job is given up, and not before", async () => {
    const error = new Error("never");
    const process: Process = () => {
      throw error;
    };
    const retry = fixedDelay({ delayMs: 1, maxRetries: 2 });
    const { queue, failures, failed } = await setUp(openSite(), process, { retry, keepFailed: 0 });
    await queue.schedule("a", "x", 0);
    await failed;
    expect(failures).toEqual([{ key: "a", arg: "x", attempt: 3, error }]);
    expect([await queue.keys.ask("a"), await queue.counts()]).toMatchObject([{ state: FREE }, NONE]);
  });

  it("takes a job for done that returns a pause that is none, and tells of that", async () => {
    const { crew, queue, failures, idle } = await setUp(openSite(), () => -1);
    await queue.schedule("a", "x", 0);
    await idle;
    await crew.close();
    expect(failures).toMatchObject([{ key: "a", error: { name: "RangeError" } }]);
    expect(await queue.counts()).toEqual(NONE);
  });

  it("writes down what was done as soon as Redis is back, and does it once", async () => {
    const process = vi.fn<Process>();
    const { crew, queue, failures, idle } = await setUp(openSite(), process);
    const away = new RedisUnavailableError("EVALSHA", "timeout", "nothing");
    const end = vi.spyOn(queue.keys, "end").mockRejectedValueOnce(away).mockRejectedValueOnce(away);
    await queue.schedule("a", "x", 0);
    await idle;
    await crew.close();
    expect([process.mock.calls.length, end.mock.calls.length, failures]).toEqual([1, 3, []]);
    expect(await queue.counts()).toEqual(NONE);
  });
});
