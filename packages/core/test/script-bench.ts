import { RedisConnection } from "@disp/redis";
import { redisUrl } from "../../../tooling/with-redis.ts";
import { Bench } from "./stream.ts";

/** A stream whose entries are in the hands of the consumer `c`, and a connection to its server. */
export class ScriptBench extends Bench {
  readonly connection: RedisConnection;

  constructor() {
    super(redisUrl);
    this.connection = new RedisConnection({ client: this.redis, timeoutMs: 10_000 });
  }

  /** Adds entries and gives them to a consumer. */
  async give(count: number, consumer = "c"): Promise<string[]> {
    const ids = await this.add(count);
    await this.redis.xgroup("CREATE", this.stream, "g", "0", "MKSTREAM").catch(() => {});
    await this.redis.xreadgroup("GROUP", "g", consumer, "COUNT", count, "STREAMS", this.stream, ">");
    return ids;
  }

  /** Makes an entry look deserted. */
  async desert(id: string, idleMs: number, consumer = "c"): Promise<void> {
    await this.redis.call("XCLAIM", this.stream, "g", consumer, 0, id, "IDLE", idleMs, "JUSTID");
  }
}
