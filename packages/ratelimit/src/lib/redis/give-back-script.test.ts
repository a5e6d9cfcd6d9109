import { RedisConnection } from "@disp/redis";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeWithRedis, redisUrl, uniqueName } from "../../../../../tooling/with-redis.ts";
import { type Connected, connectIoredis } from "../../../test/redis-clients.ts";
import { setClock, withClock } from "../../../test/server-clock.ts";
import { GIVE_BACK_SCRIPT } from "./give-back-script.ts";
import type { Tier } from "./limits.ts";
import { TAKE_SCRIPT } from "./take-script.ts";

const START_US = 1_795_000_000_000_000;
const [TAKE, GIVE_BACK] = [withClock(TAKE_SCRIPT), withClock(GIVE_BACK_SCRIPT)];

let connected: Connected;
let connection: RedisConnection;
let name: string;

beforeAll(async () => {
  connected = await connectIoredis(redisUrl);
  connection = new RedisConnection({ client: connected.client, timeoutMs: 60_000 });
});
afterAll(() => connected.close());
beforeEach(() => void (name = uniqueName()));
afterEach(() => connection.send(["DEL", `{${name}}:clock`]));

function bucketOf(...tiers: Tier[]) {
  const id = uniqueName();
  const clock = `{${name}}:clock`;
  const keys = tiers.map((_, tier) => `{${name}}:${id}:${tier}`);
  const head = [tiers.length, ...tiers.flatMap((tier) => [tier.ratePerSecond, tier.burst])];
  const tokensOf = (reading: unknown, tier: number) =>
    Math.round((-Number(reading) * (tiers[tier]?.ratePerSecond ?? 0)) / 1_000) / 1_000 + 0;
  return {
    keys,
    at: (seconds: number) => setClock(connection, clock, START_US + Math.round(seconds * 1_000_000)),
    /** Takes all or nothing, and has the tickets of what it took. */
    async take(n: number): Promise<string[]> {
      const [, ...rest] = await TAKE.run(connection, [...keys, clock], [...head, n, -1]);
      return rest.slice(tiers.length).map(String);
    },
    async giveBack(n: number, tickets: readonly string[], mark = uniqueName()): Promise<void> {
      await GIVE_BACK.run(connection, [...keys, `{${name}}:${mark}`, clock], [...head, n, ...tickets]);
    },
    async tokens(): Promise<number[]> {
      const [, ...readings] = await TAKE.run(connection, [...keys, clock], [...head, 0, 1]);
      return readings.map(tokensOf);
    },
  };
}

describeWithRedis("the script that gives tokens back", { timeout: 0 }, () => {
  it("undoes what was taken at the same instant, in all tiers, and leaves no key of a full bucket", async () => {
    const bucket = bucketOf({ ratePerSecond: 10, burst: 5 }, { ratePerSecond: 1, burst: 20 });
    await bucket.at(0);
    const tickets = await bucket.take(3);
    expect(await bucket.tokens()).toEqual([2, 17]);
    await bucket.giveBack(3, tickets);
    expect(await bucket.tokens()).toEqual([5, 20]);
    expect(await connection.send(["EXISTS", ...bucket.keys], { key: bucket.keys[0] })).toBe(0);
  });

  it("gives back some of what was taken, with others before and behind it", async () => {
    const bucket = bucketOf({ ratePerSecond: 1, burst: 10 });
    await bucket.at(0);
    await bucket.take(2);
    const tickets = await bucket.take(4);
    await bucket.take(3);
    await bucket.giveBack(2, tickets);
    expect(await bucket.tokens()).toEqual([3]);
  });

  it("gives nothing back twice, be it the call that comes again or the time that has passed", async () => {
    const bucket = bucketOf({ ratePerSecond: 1, burst: 10 });
    await bucket.at(0);
    const tickets = await bucket.take(4);
    await bucket.take(6);
    await bucket.giveBack(2, tickets, "one");
    await bucket.giveBack(2, tickets, "one");
    expect(await bucket.tokens()).toEqual([2]);
    // Three of the four were regained in three seconds, so at most one is left to give.
    await bucket.at(3);
    const before = (await bucket.tokens())[0] as number;
    await bucket.giveBack(4, tickets, "two");
    expect(((await bucket.tokens())[0] as number) - before).toBe(1);
  });

  it("does not let a second burst through when the bucket was full again meanwhile", async () => {
    const bucket = bucketOf({ ratePerSecond: 10, burst: 10 });
    await bucket.at(0);
    const tickets = await bucket.take(10);
    await bucket.at(1);
    await bucket.take(10);
    await bucket.giveBack(10, tickets);
    expect(await bucket.tokens()).toEqual([0]);
  });

  it("gives nothing to a bucket that was lost", async () => {
    const bucket = bucketOf({ ratePerSecond: 1, burst: 10 });
    await bucket.at(0);
    const tickets = await bucket.take(10);
    await connection.send(["DEL", ...bucket.keys], { key: bucket.keys[0] });
    await bucket.at(0.5);
    await bucket.take(10);
    await bucket.giveBack(10, tickets);
    expect(await bucket.tokens()).toEqual([0]);
  });

  it("marks what it did for as long as the tokens could come back, and not for ever", async () => {
    const key = `{${name}}:bucket`;
    const head = [1, 0.01, 5];
    const [, , ticket] = await TAKE_SCRIPT.run(connection, [key], [...head, 2, -1]);
    await GIVE_BACK_SCRIPT.run(connection, [key, `{${name}}:mark`], [...head, 1, String(ticket)]);
    const ttl = Number(await connection.send(["PTTL", `{${name}}:mark`], { key }));
    expect(ttl).toBeGreaterThan(100_000);
    expect(ttl).toBeLessThanOrEqual(201_000);
    const left = Number(await connection.send(["PTTL", key], { key }));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(101_000);
    await connection.send(["DEL", key, `{${name}}:mark`], { key });
  });

  it("never lets more be used in any span than the limit allows", async () => {
    const step = fc.record({
      seconds: fc.constantFrom(0, 0, 0.1, 0.25, 0.5, 1, 2.5),
      n: fc.integer({ min: 1, max: 6 }),
      kept: fc.nat(6),
      givesBackLater: fc.nat(3),
    });
    const ratePerSecond = 2;
    const burst = 6;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        const bucket = bucketOf({ ratePerSecond, burst });
        const used: { at: number; tokens: number }[] = [];
        const gifts: { due: number; n: number; tickets: string[] }[] = [];
        let now = 0;
        for (const [index, { seconds, n, kept, givesBackLater }] of steps.entries()) {
          now += seconds;
          await bucket.at(now);
          for (const gift of gifts.filter(({ due }) => due === index)) await bucket.giveBack(gift.n, gift.tickets);
          const tickets = await bucket.take(n);
          if (tickets.length === 0) continue;
          const unused = Math.max(0, n - kept);
          used.push({ at: now, tokens: n - unused });
          if (unused > 0) gifts.push({ due: index + 1 + givesBackLater, n: unused, tickets });
        }
        for (const [index, first] of used.entries()) {
          let tokens = 0;
          for (const use of used.slice(index)) {
            tokens += use.tokens;
            expect(tokens).toBeLessThanOrEqual(burst + ratePerSecond * (use.at - first.at) + 1e-6);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});
