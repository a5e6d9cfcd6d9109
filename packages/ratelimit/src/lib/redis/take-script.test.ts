import { RedisConnection } from "@disp/redis";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeWithRedis, redisUrl, uniqueName } from "../../../../../tooling/with-redis.ts";
import { type Connected, connectIoredis } from "../../../../../tooling/redis-clients.ts";
import { setClock, withClock } from "../../../test/server-clock.ts";
import type { Tier } from "./limits.ts";
import { TAKE_SCRIPT } from "./take-script.ts";

const START_US = 1_795_000_000_000_000;
const DAY_US = 86_400_000_000;
const UNTIMED = { timeout: 0 };
const CLOCKED = withClock(TAKE_SCRIPT);

let connected: Connected;
let connection: RedisConnection;
let name: string;

beforeAll(async () => {
  connected = await connectIoredis(redisUrl);
  connection = new RedisConnection({ client: connected.client, timeoutMs: 60_000 });
});
afterAll(() => connected.close());
beforeEach(() => void (name = uniqueName()));
afterEach(() => connection.send(["DEL", `${name}:clock`]));

const head = (tiers: readonly Tier[]) => [tiers.length, ...tiers.flatMap((tier) => [tier.ratePerSecond, tier.burst])];

/** A bucket of its own whose server has the time it is told. */
function bucketOf(...tiers: Tier[]) {
  const clock = `{${name}}:clock`;
  const id = uniqueName();
  const keys = tiers.map((_, tier) => `{${name}}:${id}:${tier}`);
  return {
    keys,
    at: (us: number) => setClock(connection, clock, START_US + us),
    async take(n: number, count = 1): Promise<readonly unknown[]> {
      return CLOCKED.run(connection, [...keys, clock], [...head(tiers), n, count]);
    },
    /** How many of `count` requests for `n` were granted. */
    async granted(n: number, count = 1): Promise<number> {
      return Number((await this.take(n, count))[0]);
    },
  };
}

/** By its book: one theoretical arrival time per tier, in whole numbers. */
class Model {
  readonly #tiers: readonly { gapUs: number; burst: number; arrivesAt: number }[];

  constructor(tiers: readonly { gapUs: number; burst: number }[]) {
    this.#tiers = tiers.map((tier) => ({ ...tier, arrivesAt: -Infinity }));
  }

  /** What the script answers. */
  take(n: number, now: number): number[] {
    const due = (of: number) =>
      this.#tiers.map(({ gapUs, burst, arrivesAt }) => Math.max(arrivesAt, now) + (of - burst) * gapUs - now);
    const left = () => Math.min(...due(0).map((us, tier) => Math.floor(-us / (this.#tiers[tier]?.gapUs ?? 0)))) + 0;
    const isGranted = due(n).every((us) => us <= 0);
    if (!isGranted) return [0, left(), ...due(n)];
    for (const tier of this.#tiers) tier.arrivesAt = Math.max(tier.arrivesAt, now) + n * tier.gapUs;
    return [1, left()];
  }
}

/** Microseconds per token for which the rate is exact. */
const GAPS = [1, 2, 5, 8, 10, 64, 100, 1_000, 12_500, 250_000, 1_000_000, 3_600_000_000].filter(
  (gapUs) => 1_000_000 / (1_000_000 / gapUs) === gapUs,
);
const tierArb = fc.record({ gapUs: fc.constantFrom(...GAPS), burst: fc.integer({ min: 1, max: 20 }) });
const stepArb = fc.record({
  gaps: fc.integer({ min: 0, max: 60 }),
  us: fc.integer({ min: -1, max: 1 }),
  n: fc.integer({ min: 1, max: 22 }),
});

describeWithRedis("the script that takes tokens", UNTIMED, () => {
  it("decides, and foretells, like a model in whole numbers, for one tier or several", async () => {
    const tiersArb = fc.array(tierArb, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(tiersArb, fc.array(stepArb, { maxLength: 25 }), async (tiers, steps) => {
        const bucket = bucketOf(...tiers.map(({ gapUs, burst }) => ({ ratePerSecond: 1_000_000 / gapUs, burst })));
        const model = new Model(tiers);
        let now = 0;
        for (const { gaps, us, n } of steps) {
          // Times at which a token is due, and a microsecond before and after.
          now = Math.max(now, now + gaps * (tiers[0]?.gapUs ?? 1) + us);
          await bucket.at(now);
          expect(await bucket.take(n)).toEqual(model.take(n, now));
        }
      }),
      { numRuns: 60 },
    );
  });

  it("takes as many at once as one after the other", async () => {
    const one = fc.record({
      n: fc.integer({ min: 1, max: 4 }),
      count: fc.integer({ min: 1, max: 12 }),
      us: fc.nat(2_000_000),
    });
    const rate = fc.constantFrom(3, 7, 0.3, 100 / 60, 10, 700, 333_333, 5_000_000);
    await fc.assert(
      fc.asyncProperty(
        rate,
        fc.integer({ min: 1, max: 30 }),
        fc.array(one, { maxLength: 8 }),
        async (ratePerSecond, burst, all) => {
          const [together, single] = [bucketOf({ ratePerSecond, burst }), bucketOf({ ratePerSecond, burst })];
          let now = 0;
          for (const { n, count, us } of all) {
            now += us;
            await together.at(now);
            let granted = 0;
            for (let time = 0; time < count; time += 1) granted += await single.granted(n);
            expect(await together.granted(n, count)).toBe(granted);
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("grants no more in any span than the burst and what the rate gives in it, whatever the rate", async () => {
    const rate = fc.oneof(
      fc.double({ min: 1e-5, max: 1e7, noNaN: true }),
      fc.constantFrom(1 / 86_400, 100 / 60, 3, 333_333, 9_999_999),
    );
    const step = fc.record({
      seconds: fc.double({ min: 0, max: 1, noNaN: true }),
      n: fc.integer({ min: 1, max: 5 }),
      count: fc.integer({ min: 1, max: 9 }),
    });
    await fc.assert(
      fc.asyncProperty(
        rate,
        fc.integer({ min: 1, max: 9 }),
        fc.array(step, { maxLength: 30 }),
        async (ratePerSecond, burst, steps) => {
          const bucket = bucketOf({ ratePerSecond, burst });
          const grants: { at: number; tokens: number }[] = [];
          let now = 0;
          for (const { seconds, n, count } of steps) {
            now += Math.ceil((seconds * 5_000_000) / ratePerSecond);
            await bucket.at(now);
            grants.push({ at: now, tokens: n * (await bucket.granted(n, count)) });
          }
          for (const [index, first] of grants.entries()) {
            let tokens = 0;
            for (const grant of grants.slice(index)) {
              tokens += grant.tokens;
              const most = burst + (ratePerSecond * (grant.at - first.at)) / 1_000_000;
              expect(tokens).toBeLessThanOrEqual(most + 1e-6);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it.each([3, 7, 11, 700, 333_333, 1e6, 0.001, 1 / 86_400])(
    "has the whole burst at once and the whole rate in the long run, at %s per second",
    async (ratePerSecond) => {
      const bucket = bucketOf({ ratePerSecond, burst: 3 });
      await bucket.at(0);
      expect(await bucket.granted(1, 10)).toBe(3);
      for (let round = 1; round <= 100; round += 1) {
        // Exactly when two more tokens are due.
        await bucket.at(Math.ceil((2 * round * 1_000_000) / ratePerSecond));
        expect(await bucket.granted(1, 2)).toBe(2);
      }
    },
  );

  it("has at most the burst in a microsecond, at a thousand million per second", async () => {
    const bucket = bucketOf({ ratePerSecond: 1e9, burst: 1_500 });
    const granted: number[] = [];
    for (const us of [0, 0, 1, 3, 4]) {
      await bucket.at(us);
      granted.push(await bucket.granted(1, 5_000));
    }
    expect(granted).toEqual([1_500, 0, 1_000, 1_500, 1_000]);
  });

  it("keeps a limit of one", async () => {
    const bucket = bucketOf({ ratePerSecond: 1, burst: 1 });
    const granted: number[] = [];
    for (const us of [0, 0, 999_999, 1_000_000, 1_000_000, 1_999_999, 2_000_000, 9_000_000, 9_000_000]) {
      await bucket.at(us);
      granted.push(await bucket.granted(1));
    }
    expect(granted).toEqual([1, 0, 0, 1, 0, 0, 1, 1, 0]);
  });

  it("charges and writes nothing when it denies, in whichever tier the tokens are too few", async () => {
    const bucket = bucketOf({ ratePerSecond: 10, burst: 10 }, { ratePerSecond: 1, burst: 4 });
    await bucket.at(0);
    expect(await bucket.granted(5)).toBe(0);
    expect(await connection.send(["EXISTS", ...bucket.keys], { key: bucket.keys[0] })).toBe(0);
    await bucket.take(3);
    const before = await connection.send(["MGET", ...bucket.keys], { key: bucket.keys[0] });
    expect(await bucket.granted(2)).toBe(0);
    expect(await connection.send(["MGET", ...bucket.keys], { key: bucket.keys[0] })).toEqual(before);
    expect(await bucket.granted(1)).toBe(1);
  });

  it("looks without taking", async () => {
    const bucket = bucketOf({ ratePerSecond: 1, burst: 5 });
    await bucket.at(0);
    await bucket.take(2);
    expect(await bucket.take(0)).toEqual([0, 3, -3_000_000]);
    expect(await bucket.take(0)).toEqual([0, 3, -3_000_000]);
  });

  it("mints nothing when the clock steps back, and is not stopped by it for longer than a token takes", async () => {
    const bucket = bucketOf({ ratePerSecond: 1, burst: 5 });
    await bucket.at(DAY_US);
    expect(await bucket.granted(1, 9)).toBe(5);
    await bucket.at(0);
    expect(await bucket.granted(1, 9)).toBe(0);
    await bucket.at(1_000_000);
    expect(await bucket.granted(1, 9)).toBe(0);
    expect(await bucket.take(1)).toEqual([0, 0, 1_000_000]);
  });

  it("forgets nothing of what was used when the clock steps back by a little", async () => {
    const bucket = bucketOf({ ratePerSecond: 1, burst: 5 });
    await bucket.at(10_000_000);
    expect(await bucket.granted(1, 3)).toBe(3);
    await bucket.at(9_000_000);
    expect(await bucket.granted(1, 9)).toBe(2);
    await bucket.at(10_000_000);
    expect(await bucket.granted(1, 9)).toBe(1);
  });

  it("is exact after a year without a rest", async () => {
    const bucket = bucketOf({ ratePerSecond: 1_000, burst: 1_000 });
    for (let day = 0; day <= 366; day += 1) {
      await bucket.at(day * DAY_US);
      // All that the day gave but one token.
      const tokens = day === 0 ? 1_000 : 86_400_000;
      if (day > 0) await takeAhead(bucket.keys[0] as string, tokens - 1_000);
      expect(await bucket.granted(1, 1_001)).toBe(1_000);
    }
  });

  /** As if tokens had been taken all day long. */
  async function takeAhead(key: string, tokens: number): Promise<void> {
    const [at, used] = String(await connection.send(["GET", key], { key })).split(" ");
    await connection.send(["SET", key, `${at} ${Number(used) + tokens}`, "PX", "600000"], { key });
  }

  it("counts single tokens of the largest burst, and after any number of them without a rest", async () => {
    const tier = { ratePerSecond: 1e10, burst: Number.MAX_SAFE_INTEGER };
    const bucket = bucketOf(tier);
    await bucket.at(0);
    expect(await bucket.take(tier.burst)).toEqual([1, 0]);
    expect(await bucket.granted(1, 5)).toBe(0);
    await bucket.at(1_000_000);
    expect(await bucket.granted(1e10 - 2)).toBe(1);
    expect(await bucket.granted(1, 5)).toBe(2);
    expect(await bucket.granted(1, 5)).toBe(0);
    const quick = bucketOf({ ratePerSecond: 1e10, burst: 5 });
    await bucket.at(0);
    expect(await quick.granted(1, 9)).toBe(5);
    await takeAhead(quick.keys[0] as string, 6e15 - 3);
    await bucket.at(6e11);
    expect(await quick.granted(1, 9)).toBe(3);
    expect(await quick.granted(1, 9)).toBe(0);
  });

  it("lets a key go once its tokens are back, and never leaves one without an end", async () => {
    const tiers = [
      { ratePerSecond: 10, burst: 5 },
      { ratePerSecond: 1 / 86_400, burst: 10 },
      { ratePerSecond: 1_000_000, burst: 1 },
    ];
    const keys = tiers.map((_, tier) => `{${name}}:${tier}`);
    await TAKE_SCRIPT.run(connection, keys, [...head(tiers), 1, 1]);
    const ttls = await Promise.all(keys.map((key) => connection.send(["PTTL", key], { key }).then(Number)));
    const fullMs = [100, 86_400_000, 1];
    for (const [tier, ttl] of ttls.entries()) {
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThanOrEqual((fullMs[tier] as number) + 1_000);
    }
    expect(ttls[1]).toBeGreaterThan(86_400_000 - 60_000);
    await connection.send(["DEL", ...keys], { key: keys[0] });
  });

  it("uses the clock of the server, whatever that of this process says", async () => {
    const keys = [`{${name}}:0`];
    const tier = { ratePerSecond: 1 / 3_600, burst: 1 };
    await TAKE_SCRIPT.run(connection, keys, [...head([tier]), 1, 1]);
    const value = String(await connection.send(["GET", keys[0] as string], { key: keys[0] }));
    const [seconds, us] = (await connection.send(["TIME"])) as [string, string];
    const now = Number(seconds) * 1_000_000 + Number(us);
    const at = Number(value.split(" ")[0]);
    expect(Number.isSafeInteger(at)).toBe(true);
    expect(at).toBeLessThanOrEqual(now);
    expect(at).toBeGreaterThan(now - DAY_US);
    await connection.send(["DEL", ...keys], { key: keys[0] });
  });

  it("answers for many keys and numbers in their order, with tickets for whom they are wanted", async () => {
    const keys = ["a", "b", "a"].map((key) => `{${name}}:${key}`);
    const reply = await TAKE_SCRIPT.run(connection, keys, [
      ...head([{ ratePerSecond: 1 / 3_600, burst: 4 }]),
      ...[1, 3],
      ...[2, -5],
      ...[2, -1],
      "call-7",
    ]);
    const ticket = expect.stringMatching(/^\d{16} call-7 4$/) as unknown;
    const late = expect.any(Number) as unknown;
    expect(reply).toEqual([3, 1, 2, 0, late, ticket, 0, 1, late]);
    await connection.send(["DEL", ...keys], { key: keys[0] });
  });

  it.each([1, 3, 1e5, 1e6, 3e7, 1e9, 1e12])(
    "counts to the token what is left, at %s per second",
    async (ratePerSecond) => {
      const burst = Math.max(3, ratePerSecond / 1_000);
      const bucket = bucketOf({ ratePerSecond, burst });
      await bucket.at(0);
      expect((await bucket.take(0))[1]).toBe(burst);
      expect(await bucket.take(1)).toEqual([1, burst - 1]);
      expect(await bucket.take(burst - 2)).toEqual([1, 1]);
      expect((await bucket.take(2))[1]).toBe(1);
      expect(await bucket.take(1)).toEqual([1, 0]);
    },
  );

  it("answers for what is no bucket by itself, and charges the others as usual", async () => {
    const keys = ["a", "list", "b", "text", "two words", "a"].map((key) => `{${name}}:${key}`);
    await connection.send(["RPUSH", keys[1] as string, "no bucket"], { key: keys[1] });
    await connection.send(["SET", keys[3] as string, "7"], { key: keys[3] });
    await connection.send(["SET", keys[4] as string, "no bucket"], { key: keys[4] });
    const reply = await TAKE_SCRIPT.run(connection, keys, [
      ...head([{ ratePerSecond: 1 / 3_600, burst: 4 }]),
      ...keys.flatMap(() => [2, 1]),
    ]);
    const wrongType = expect.stringContaining("WRONGTYPE") as unknown;
    expect(reply).toEqual([1, 2, -1, wrongType, 1, 2, -1, "a text", -1, "a text", 1, 0]);
    await connection.send(["DEL", ...keys], { key: keys[0] });
  });
});
