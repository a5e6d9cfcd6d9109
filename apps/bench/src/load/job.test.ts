import { expect, it } from "vitest";
import { type Courier, type Fault, Job, PoisonError, RETRY_MS, waitAfter } from "./job.ts";

const GOOD: Fault = () => ({ serviceMs: 0, applies: true, reply: "done" });

async function resultOf(count: number, courier: Courier, fault = GOOD) {
  const job = new Job(count, fault);
  await job.run(courier);
  const { delivered, dropped, lost, twice } = job;
  return { delivered, dropped, lost, twice };
}

it("is done when everything came once", async () => {
  const result = await resultOf(4, async (job) => {
    await job.send([0, 1], 0);
    await job.send([2, 3], 2);
  });
  expect(result).toEqual({ delivered: 4, dropped: "0", lost: 0, twice: 0 });
});

it("misses what was neither delivered nor given up", async () => {
  const result = await resultOf(4, async (job) => {
    await job.send([0], 0);
    job.drop([1], "rejected");
    job.drop([2], "retries-exhausted");
  });
  expect(result).toEqual({ delivered: 1, dropped: "1 rejected, 1 retries-exhausted", lost: 1, twice: 0 });
});

it("takes a batch once, by its key, and finds what came in two", async () => {
  const result = await resultOf(2, async (job) => {
    await job.send([0, 1], 7);
    await job.send([0, 1], 7);
    await job.send([1], 8);
  });
  expect(result).toEqual({ delivered: 2, dropped: "0", lost: 0, twice: 1 });
});

it("finds what was given up and came nevertheless, be it late", async () => {
  const result = await resultOf(2, (job) => {
    void job.send([0, 1], 0);
    job.drop([1], "retries-exhausted");
    return Promise.resolve();
  });
  expect(result).toEqual({ delivered: 2, dropped: "1 retries-exhausted", lost: 0, twice: 1 });
});

it("gives up what is poison, and leaves the rest", async () => {
  const fault: Fault = (_, items) => {
    if (!items.includes(1)) return { serviceMs: 0, applies: true, reply: "done" };
    return { serviceMs: 0, applies: false, reply: new PoisonError([1]) };
  };
  const courier: Courier = async (job) => {
    const error: unknown = await job.send([0, 1, 2], 0).catch((reason: unknown) => reason);
    expect(waitAfter(error)).toBe(0);
    await job.send(job.leftOf([0, 1, 2], error), 0);
  };
  await expect(resultOf(3, courier, fault)).resolves.toEqual({
    delivered: 2,
    dropped: "1 rejected",
    lost: 0,
    twice: 0,
  });
});

it("passes on what the courier throws", async () => {
  await expect(resultOf(1, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
});

it("waits after a failure, as long as the sink asks for if it is longer", () => {
  expect(waitAfter(new Error("no"))).toBe(RETRY_MS);
});
