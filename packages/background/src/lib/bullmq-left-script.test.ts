import { RedisConnection } from "@disp/redis";
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";
import { expect, it, onTestFinished } from "vitest";
import { describeWithRedis, redisUrl } from "../../../../tooling/with-redis.ts";
import { openSite } from "../../test/bullmq-site.ts";
import { leftScript } from "./bullmq-left-script.ts";

/** A queue, a worker of it that fetches what it is told to, and how many jobs are left to that one. */
function setUp() {
  const { client, name } = openSite();
  const patient = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const worker = new Worker(name, null, { connection: patient, autorun: false });
  const queue = new Queue(name, { connection: client });
  onTestFinished(async () => {
    await Promise.all([worker.close(true), queue.close()]);
    patient.disconnect();
  });
  const connection = new RedisConnection({ client, timeoutMs: 60_000 });
  const left = () => leftScript.run(connection, [`bull:${name}:`], [worker.id]);
  return { client, name, worker, queue, left };
}

describeWithRedis("the jobs that are left to a worker", { timeout: 0 }, () => {
  it("are all that wait, however they do", async () => {
    const { queue, left } = setUp();
    expect(await left()).toBe(0);
    await queue.add("job", {});
    await queue.add("job", {}, { delay: 60_000 });
    await queue.add("job", {}, { priority: 5 });
    expect(await left()).toBe(3);
    await queue.pause();
    await queue.add("job", {});
    expect(await left()).toBe(4);
  });

  it("are its own, from when it fetched them until they are ended or moved", async () => {
    const { worker, queue, left } = setUp();
    for (const name of ["a", "b"]) await queue.add(name, {}, { attempts: 2, backoff: 60_000, removeOnComplete: true });
    const tokens = [`${worker.id}:0`, `${worker.id}:1`] as const;
    const jobs = [await worker.getNextJob(tokens[0]), await worker.getNextJob(tokens[1])];
    expect(await left()).toBe(2);
    await jobs[0]?.moveToCompleted(undefined, tokens[0], false);
    expect(await left()).toBe(1);
    await jobs[1]?.moveToFailed(new Error("once more"), tokens[1], false);
    expect(await queue.getJobCounts("active", "delayed")).toEqual({ active: 0, delayed: 1 });
    expect(await left()).toBe(1);
  });

  it("are not those of other workers, until their locks have ended", async () => {
    const { client, name, worker, queue, left } = setUp();
    for (const job of ["a", "b"]) await queue.add(job, {});
    const taken = await worker.getNextJob("another:0");
    // One whose id begins in the same way.
    await worker.getNextJob(`${worker.id}0:0`);
    expect(await left()).toBe(0);
    await client.del(`bull:${name}:${taken.id ?? ""}:lock`);
    expect(await left()).toBe(1);
  });
});
