import type { Redis } from "ioredis";

const TTL_MS = 600_000;
/** What in SQL is `update … set n = $1, token = $2 where id = $3 and token <= $2`. */
const SAVE = `
  if tonumber(redis.call("HGET", KEYS[1], "token") or 0) > tonumber(ARGV[2]) then return 0 end
  redis.call("HSET", KEYS[1], "n", ARGV[1], "token", ARGV[2])
  redis.call("HINCRBY", KEYS[1], "saves", 1)
  redis.call("PEXPIRE", KEYS[1], ${TTL_MS})
  return 1`;

/** A row of a database that refuses tokens smaller than its last one. */
export class FencedRow {
  readonly #client: Redis;
  readonly #name: string;

  constructor(client: Redis, namespace: string) {
    this.#client = client;
    this.#name = `${namespace}:row`;
  }

  async load(): Promise<number> {
    return Number(await this.#client.hget(this.#name, "n"));
  }

  /** @returns whether it was kept. */
  async save(n: number, token: number): Promise<boolean> {
    return (await this.#client.eval(SAVE, 1, this.#name, n, token)) === 1;
  }

  async look(): Promise<{ n: number; saves: number }> {
    const [n, saves] = await this.#client.hmget(this.#name, "n", "saves");
    return { n: Number(n), saves: Number(saves) };
  }
}
