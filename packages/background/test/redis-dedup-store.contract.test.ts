import { RedisDedupStore } from "@disp/background/redis";
import { setTimeout as pass } from "node:timers/promises";
import { afterAll, beforeAll, describe } from "vitest";
import { describeWithRedis, redisUrl, uniqueName } from "../../../tooling/with-redis.ts";
import { describeDedupStore } from "./dedup-store.contract.ts";
import { CLIENTS, type Connected } from "../../../tooling/redis-clients.ts";

describeWithRedis("a server", () => {
  describe.each(Object.entries(CLIENTS))("through %s", (_, connect) => {
    let first: Connected;
    let second: Connected;
    let namespace: string;

    beforeAll(async () => {
      first = await connect(redisUrl);
      second = await connect(redisUrl);
    });

    afterAll(() => {
      first.close();
      second.close();
    });

    const store = ({ client }: Connected): Promise<RedisDedupStore> =>
      Promise.resolve(new RedisDedupStore({ client, namespace, timeoutMs: 60_000 }));

    describeDedupStore("RedisDedupStore", {
      create() {
        namespace = uniqueName();
        return store(first);
      },
      second: () => store(second),
      // Holds end by the clock of the server, and so only real time ends them.
      advance: (ms) => pass(ms),
      exactMs: false,
    });
  });
});
