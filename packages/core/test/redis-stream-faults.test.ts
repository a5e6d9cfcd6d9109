import { Dispatcher } from "@disp/core";
import type { RedisStreamSourceOptions } from "@disp/core/redis";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listenForUncaught } from "../../../tooling/observe.ts";
import { type RedisServer, startRedis } from "../../../tooling/redis-server.ts";
import { runScript } from "../../../tooling/run-script.ts";
import { startTcpProxy, type TcpProxy } from "../../../tooling/tcp-proxy.ts";
import { describeWithOwnRedis } from "../../../tooling/with-redis.ts";
import { ROOT } from "../../../tooling/workspace.ts";
import { Bench, byValue, CLIENTS, type Connected, numberOf, sourceFor, upTo } from "./stream.ts";

const UNTIMED = { timeout: 0 };
const fixture = (name: string): string => join(import.meta.dirname, "fixtures", name);
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Short, so that what was lost on its way is found again within the test. */
const STALLED_AFTER_MS = 1_000;

/** Delivers what there is until `total` different entries have arrived, those that arrived elsewhere included. */
function deliverAll(
  connected: Connected,
  stream: string,
  total: number,
  options: Partial<RedisStreamSourceOptions> = {},
  elsewhere: readonly number[] = [],
) {
  const arrived = new Set<number>(elsewhere);
  const stop = new AbortController();
  const progress = { sent: 0, arrived, errors: [] as unknown[], summary: Promise.resolve() as Promise<unknown> };
  const { source, errors } = sourceFor(connected.client, stream, {
    signal: stop.signal,
    batchSize: 20,
    stalledAfterMs: STALLED_AFTER_MS,
    timeoutMs: 300,
    ...options,
  });
  progress.errors = errors;
  progress.summary = Dispatcher.process(source, {
    batch: { maxItems: 5, maxAgeMs: 0 },
    async send({ items }) {
      await Promise.resolve();
      progress.sent += items.length;
      for (const item of items) arrived.add(numberOf(item));
      if (arrived.size === total) stop.abort();
    },
  });
  return progress;
}

describeWithOwnRedis("a source from a stream, whatever happens", UNTIMED, () => {
  let server: RedisServer;
  let proxy: TcpProxy;
  let bench: Bench;
  let uncaught: ReturnType<typeof listenForUncaught>;

  beforeEach(async () => {
    uncaught = listenForUncaught();
    server = await startRedis({ appendonly: "yes", appendfsync: "always" });
    proxy = await startTcpProxy(server.port);
    bench = new Bench(server.url);
  });

  afterEach(async () => {
    await bench.close();
    await proxy.stop();
    await server.stop();
    expect(await uncaught.stop()).toEqual([]);
  });

  it("loses nothing when a consumer is killed in the middle of a batch, and repeats only what was in its hands", async () => {
    const total = 100;
    await bench.add(total);
    const argv = ["--conditions=@disp/source", "--import", "tsx", fixture("stream-consumer.ts")];
    const child = spawn(process.execPath, [...argv, server.url, bench.stream, "6"], {
      cwd: ROOT,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const delivered: number[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const [how, numbers = ""] = line.split(" ");
      if (how === "hangs") break;
      delivered.push(...numbers.split(",").map(Number));
    }
    child.kill("SIGKILL");
    await once(child, "exit");
    const inItsHands = await bench.pending();

    const connected = await CLIENTS["ioredis 6"]!(server.url);
    const progress = deliverAll(connected, bench.stream, total, {}, delivered);
    await progress.summary;
    expect([...progress.arrived].sort(byValue)).toEqual(upTo(total));
    expect(delivered.length + progress.sent - total).toBeLessThanOrEqual(inItsHands);
    connected.close();
  });

  it.each(["ioredis", "node-redis"])("lets the process end once it is closed: %s", async (kind) => {
    await bench.add(3);
    const ended = await runScript(fixture("stream-ends.ts"), server.url, bench.stream, kind);
    expect(ended).toEqual({ code: 0, stdout: "delivered 3\n", stderr: "" });
    expect(await bench.pending()).toBe(0);
  });

  describe.each(Object.entries(CLIENTS))("through %s", (_, connect) => {
    let connected: Connected;

    beforeEach(async () => {
      connected = await connect(`redis://127.0.0.1:${proxy.port}`);
    });

    afterEach(() => connected.close());

    it("loses nothing when the server is killed and comes back under load", async () => {
      const total = 1_000;
      const progress = deliverAll(connected, bench.stream, total);
      const added = bench.addAll(total);
      for (const part of [0.2, 0.5, 0.8]) {
        while (progress.arrived.size < part * total) await sleep(1);
        await server.kill();
        await sleep(20);
        await server.start();
      }
      await Promise.all([added, progress.summary]);
      expect([...progress.arrived].sort(byValue)).toEqual(upTo(total));
      expect(await bench.pending()).toBe(0);
      expect(progress.sent).toBe(total);
    });

    it("loses nothing when the server freezes for longer than it may", async () => {
      const total = 400;
      const progress = deliverAll(connected, bench.stream, total);
      const added = bench.addAll(total);
      while (progress.arrived.size < total / 2) await sleep(1);
      server.signal("SIGSTOP");
      while (progress.errors.length === 0) await sleep(10);
      server.signal("SIGCONT");
      await Promise.all([added, progress.summary]);
      expect([...progress.arrived].sort(byValue)).toEqual(upTo(total));
      expect(await bench.pending()).toBe(0);
      expect(progress.sent).toBe(total);
    });

    it("loses nothing when connections break, and when replies are lost", async () => {
      const total = 1_000;
      const progress = deliverAll(connected, bench.stream, total);
      const added = bench.addAll(total);
      for (let cut = 1; cut <= 8; cut += 1) {
        while (progress.arrived.size < (cut / 10) * total) await sleep(1);
        if (cut % 2 === 0) proxy.cut();
        else {
          proxy.cutInsteadOfReply();
          await sleep(30);
          proxy.heal();
        }
      }
      await Promise.all([added, progress.summary]);
      expect([...progress.arrived].sort(byValue)).toEqual(upTo(total));
      expect(await bench.pending()).toBe(0);
      expect(progress.sent).toBe(total);
    });

    it("keeps acknowledging while Redis is away, and nothing comes twice", async () => {
      await bench.add(20);
      const progress = deliverAll(connected, bench.stream, 21, { stalledAfterMs: 60_000 });
      while (progress.arrived.size < 20 || (await bench.pending()) > 0) await sleep(1);
      // The next one is read, and cannot be acknowledged.
      proxy.cutInsteadOfReply();
      proxy.heal();
      await bench.add(1, 21);
      await progress.summary;
      expect([progress.sent, await bench.pending()]).toEqual([21, 0]);
    });

    it("ends at once though Redis is away, and gives up telling it in time", async () => {
      await bench.add(5);
      const stop = new AbortController();
      const { source, errors } = sourceFor(connected.client, bench.stream, { signal: stop.signal, timeoutMs: 200 });
      let isStopped = false;
      const summary = await Dispatcher.process(source, {
        batch: { maxItems: 5 },
        async send() {
          await server.kill();
          stop.abort();
          isStopped = true;
        },
      });
      expect([isStopped, summary.delivered]).toEqual([true, 5]);
      expect(errors.length).toBeGreaterThan(0);
      // A client sends later what it has in its queue.
      connected.close();
      await server.start();
      expect(await bench.pending()).toBe(5);
    });
  });
});
