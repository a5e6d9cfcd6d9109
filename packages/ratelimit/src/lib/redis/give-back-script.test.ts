import { RedisConnection } from "@disp/redis";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeWithRedis, redisUrl, uniqueName } from "../../../../../tooling/with-redis.ts";
import { type Connected, connectIoredis } from "../../../../../tooling/redis-clients.ts";
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
      const [granted, , ...tickets] = await TAKE.run(connection, [...keys, clock], [...head, n, -1, uniqueName()]);
      return granted === 0 ? [] : tickets.map(String);
    },
    async giveBack(n: number, tickets: readonly string[], mark = uniqueName()): Promise<void> {
      await GIVE_BACK.run(connection, [...keys, `{${name}}:${mark}`, clock], [...head, n, ...tickets]);
    },
    async tokens(): Promise<number[]> {
      const [, , ...readings] = await TAKE.run(connection, [...keys, clock], [...head, 0, 1]);
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
    // One of the two that are left of the four was regained in a second, so at most one is left to give.
    await bucket.at(1);
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
    const [, , ticket] = await TAKE_SCRIPT.run(connection, [key], [...head, 2, -1, uniqueName()]);
    await GIVE_BACK_SCRIPT.run(connection, [key, `{${name}}:mark`], [...head, 1, String(ticket)]);
    const ttl = Number(await connection.send(["PTTL", `{${name}}:mark`], { key }));
    expect(ttl).toBeGreaterThan(100_000);
    expect(ttl).toBeLessThanOrEqual(201_000);
    const left = Number(await connection.send(["PTTL", key], { key }));
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(101_000);
    await connection.send(["DEL", key, `{${name}}:mark`], { key });
  });

  it("does not give back what the limit regained since another gift made it regain that earlier", async () => {
    const bucket = bucketOf({ ratePerSecond: 20, burst: 30 });
    await bucket.at(0);
    await bucket.take(1);
    const [first, second] = [await bucket.take(10), await bucket.take(10)];
    await bucket.giveBack(10, first);
    expect(await bucket.tokens()).toEqual([19]);
    // One and seven of the second ten are regained.
    await bucket.at(0.4);
    await bucket.take(27);
    await bucket.giveBack(10, second);
    expect(await bucket.tokens()).toEqual([3]);
  });

  it("gives back to the full, in whatever order, what the limit has not regained", async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [2, 0, 1],
      [1, 2, 0],
    ]) {
      const bucket = bucketOf({ ratePerSecond: 1, burst: 30 });
      await bucket.at(0);
      await bucket.take(1);
      const tickets = [await bucket.take(9), await bucket.take(9), await bucket.take(9)];
      for (const index of order) await bucket.giveBack(8, tickets[index] ?? []);
      expect(await bucket.tokens()).toEqual([26]);
    }
  });

  it("gives back less rather than keep a long book", async () => {
    const bucket = bucketOf({ ratePerSecond: 0.001, burst: 100 });
    await bucket.at(0);
    const tickets: string[][] = [];
    for (let index = 0; index < 50; index += 1) tickets.push(await bucket.take(2));
    for (const ticket of [...tickets].reverse()) await bucket.giveBack(1, ticket);
    const [tokens = 0] = await bucket.tokens();
    expect(tokens).toBeGreaterThanOrEqual(25);
    expect(tokens).toBeLessThanOrEqual(50);
    const value = String(await connection.send(["GET", bucket.keys[0] as string], { key: bucket.keys[0] }));
    expect(value.length).toBeLessThan(300);
  });

  it("forgets no gift for that", async () => {
    const bucket = bucketOf({ ratePerSecond: 1, burst: 150 });
    await bucket.at(0);
    const tickets: string[][] = [];
    for (let index = 0; index < 30; index += 1) tickets.push(await bucket.take(3));
    await bucket.take(50);
    for (const ticket of tickets.slice(0, 20)) await bucket.giveBack(3, ticket);
    // Of what is left of the ninety, half a token is not regained.
    await bucket.at(29.5);
    expect(await bucket.tokens()).toEqual([99.5]);
    await bucket.giveBack(3, tickets[29] ?? []);
    expect(await bucket.tokens()).toEqual([100]);
  });

  it("gives nothing to another filling of the bucket, though the clock says that it began at the same time", async () => {
    const bucket = bucketOf({ ratePerSecond: 1, burst: 10 });
    await bucket.at(0);
    const tickets = await bucket.take(8);
    await bucket.at(7.5);
    await bucket.take(9);
    await bucket.at(0);
    expect(await bucket.take(1)).toEqual([]);
    await bucket.giveBack(8, tickets);
    expect(await bucket.tokens()).toEqual([0]);
  });

  const stepArb = fc.record({
    // Whole ones, so that clocks that step back often show the very same time again.
    seconds: fc.constantFrom(0, 0, 0, 0, 1, 1, 2, 3),
    n: fc.constantFrom(1, 2, 3, 4.5, 6),
    kept: fc.constantFrom(0, 0, 0, 6),
    givesBackLater: fc.nat(12),
    givesTwice: fc.boolean(),
    stepsBack: fc.oneof({ weight: 15, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(1, 2, 5) }),
  });

  /** Does the steps, and says what was taken and kept, when, by the time that has passed. */
  async function run(
    bucket: ReturnType<typeof bucketOf>,
    steps: readonly (typeof stepArb extends fc.Arbitrary<infer Step> ? Step : never)[],
  ): Promise<{ at: number; tokens: number }[]> {
    const used: { at: number; tokens: number }[] = [];
    const gifts: { due: number; n: number; tickets: string[] }[] = [];
    let [clock, passed] = [100, 0];
    for (const [index, { seconds, n, kept, givesBackLater, givesTwice, stepsBack }] of steps.entries()) {
      clock += seconds - stepsBack;
      passed += seconds;
      await bucket.at(clock);
      for (const gift of gifts.filter(({ due }) => due === index)) {
        const mark = uniqueName();
        await bucket.giveBack(gift.n, gift.tickets, mark);
        if (givesTwice) await bucket.giveBack(gift.n, gift.tickets, mark);
      }
      const tickets = await bucket.take(n);
      const unused = Math.max(0, n - kept);
      if (tickets.length === 0) continue;
      used.push({ at: passed, tokens: n - unused });
      if (unused > 0) gifts.push({ due: index + 1 + givesBackLater, n: unused, tickets });
    }
    return used;
  }

  it("never lets more be used in any span than the limit allows, in whatever order gifts come, whatever clocks do", async () => {
    const tiersArb = fc.constantFrom<Tier[]>(
      [{ ratePerSecond: 2, burst: 6 }],
      [{ ratePerSecond: 1, burst: 20 }],
      [
        { ratePerSecond: 3, burst: 6 },
        { ratePerSecond: 0.7, burst: 14 },
      ],
    );
    await fc.assert(
      fc.asyncProperty(tiersArb, fc.array(stepArb, { minLength: 20, maxLength: 50 }), async (tiers, steps) => {
        const used = await run(bucketOf(...tiers), steps);
        for (const [index, first] of used.entries()) {
          let tokens = 0;
          for (const use of used.slice(index)) {
            tokens += use.tokens;
            for (const { ratePerSecond, burst } of tiers) {
              expect(tokens).toBeLessThanOrEqual(burst + ratePerSecond * (use.at - first.at) + 1e-6);
            }
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});
