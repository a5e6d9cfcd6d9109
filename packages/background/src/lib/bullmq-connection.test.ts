import { Cluster, Redis } from "ioredis";
import { describe, expect, it, onTestFinished } from "vitest";
import { describeWithRedis, redisUrl } from "../../../../tooling/with-redis.ts";
import { milestone } from "../../test/bullmq-site.ts";
import { openClient, openWorkerClient } from "./bullmq-connection.ts";

const ignore = () => {};

function given(): Redis {
  const client = new Redis(redisUrl, { maxRetriesPerRequest: 3 });
  onTestFinished(() => client.disconnect());
  return client;
}

describeWithRedis("a client", { timeout: 0 }, () => {
  it("that was given is used, and stays open", async () => {
    const client = given();
    const open = await openClient(client, ignore);
    open.close();
    expect(open.client).toBe(client);
    expect(await client.ping()).toBe("PONG");
  });

  it("is made from options, and closed", async () => {
    const { hostname: host, port } = new URL(redisUrl);
    const open = await openClient({ host, port: Number(port) }, ignore);
    const made = open.client as Redis;
    expect(await made.ping()).toBe("PONG");
    open.close();
    await expect(made.ping()).rejects.toThrow("Connection is closed");
  });

  it("of a worker waits for Redis without end, and is cut alone", async () => {
    const client = given();
    const worker = openWorkerClient(await openClient(client, ignore), ignore);
    const twin = worker.client as Redis;
    expect(await twin.ping()).toBe("PONG");
    worker.close();
    await expect(twin.ping()).rejects.toThrow("Connection is closed");
    expect(await client.ping()).toBe("PONG");
    expect([twin.options.maxRetriesPerRequest, client.options.maxRetriesPerRequest]).toEqual([null, 3]);
  });
});

describe("a client of a server that is not there", () => {
  it("is made all the same, and its errors are told", async () => {
    const told = milestone<unknown>();
    const nowhere = { host: "127.0.0.1", port: 1, retryStrategy: () => null };
    const open = await openClient(nowhere, (error) => told.happen(error));
    onTestFinished(() => open.close());
    expect(open.client).toHaveProperty("status");
    expect(await told.happened).toMatchObject({ code: "ECONNREFUSED" });
  });
});

describe("a client of a cluster", () => {
  it("gives a worker a twin that waits without end, and is like it in all else", async () => {
    const redisOptions = { username: "ann", maxRetriesPerRequest: 3 };
    const client = new Cluster([{ host: "127.0.0.1", port: 1 }], { lazyConnect: true, redisOptions });
    const worker = openWorkerClient(await openClient(client, ignore), ignore);
    onTestFinished(() => worker.close());
    const twin = worker.client as Cluster;
    expect(twin).not.toBe(client);
    expect(twin.options.redisOptions).toMatchObject({ username: "ann", maxRetriesPerRequest: null });
    expect(client.options.redisOptions).toMatchObject(redisOptions);
  });
});
