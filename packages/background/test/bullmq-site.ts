import { BullMqProcessor, type BullMqProcessorOptions } from "@disp/background/bullmq";
import { Redis } from "ioredis";
import { onTestFinished } from "vitest";
import { redisUrl, uniqueName } from "../../../tooling/with-redis.ts";

/** One queue on one server, and all instances that a test has of it. Everything is ended with the test. */
export interface Site {
  readonly name: string;
  readonly client: Redis;
  /** Another instance. */
  processor(options?: Partial<BullMqProcessorOptions<string>>): BullMqProcessor<string>;
  /** All keys of the queue that are there, and how many milliseconds they have. */
  keys(): Promise<Map<string, number>>;
}

export function openSite(url: string = redisUrl): Site {
  const client = new Redis(url, { retryStrategy: () => 20 });
  client.on("error", () => {});
  const processors: BullMqProcessor<string>[] = [];
  // The server of all tests is there, and may be busy with the others.
  const patience = url === redisUrl ? { timeoutMs: 60_000 } : {};
  const name = uniqueName();
  const site: Site = {
    name,
    client,
    processor(options) {
      const processor = new BullMqProcessor<string>({
        connection: client,
        name,
        ...patience,
        onConnectionError: () => {},
        ...options,
      });
      processors.push(processor);
      return processor;
    },
    async keys() {
      const keys = await client.keys(`*${name}:*`);
      const found = await Promise.all(
        keys.map(async (key) => [key.slice(key.indexOf(name) + name.length + 1), await client.pttl(key)] as const),
      );
      return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)));
    },
  };
  onTestFinished(async () => {
    await Promise.all(processors.map((processor) => processor.stop({ timeoutMs: 100 })));
    // A test may have closed it.
    const sweeper = client.status === "end" ? client.duplicate() : client;
    sweeper.on("error", () => {});
    await sweeper.del(...(await sweeper.keys(`*${name}:*`)), "none").catch(() => 0);
    for (const each of [sweeper, client]) each.disconnect();
  });
  return site;
}

/** A thing that happens later: `happen` it, and await `happened`. */
export function milestone<Value = void>(): { happened: Promise<Value>; happen(value: Value): void } {
  let happen: (value: Value) => void = () => undefined;
  const happened = new Promise<Value>((resolve) => {
    happen = resolve;
  });
  return { happened, happen };
}

/** Until no job waits or runs. Redis does not tell, so it has to be asked; while it is away, again. */
export async function untilOver(processor: BullMqProcessor<string>): Promise<void> {
  for (;;) {
    const counts = await processor.counts().catch(() => undefined);
    if (counts !== undefined && counts.waiting + counts.running + counts.delayed === 0) return;
    await new Promise(setImmediate);
  }
}
