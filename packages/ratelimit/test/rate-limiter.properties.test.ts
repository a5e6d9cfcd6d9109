import { allOf, KeyedRateLimiter, type Limiter, RateLimiter, type Reservation } from "@disp/ratelimit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

interface Grant {
  readonly at: number;
  readonly n: number;
}

/** Looks at every span of time that begins and ends with a grant. */
function expectWithin(grants: readonly Grant[], rate: number, burst: number): void {
  const sorted = [...grants].sort((a, b) => a.at - b.at);
  for (let first = 0; first < sorted.length; first += 1) {
    const from = sorted[first] as Grant;
    let admitted = 0;
    for (const to of sorted.slice(first)) {
      admitted += to.n;
      const allowed = burst + (rate * (to.at - from.at)) / 1_000;
      if (admitted > allowed + 1e-6) {
        throw new Error(`${admitted} admitted from ${from.at} to ${to.at}, ${allowed} allowed`);
      }
    }
  }
}

/** Holders who act the very moment they may. */
class Holders {
  readonly grants: Grant[] = [];
  readonly open: { reservation: Reservation; n: number }[] = [];
  now = 0;

  take(reservation: Reservation, n: number): void {
    if (reservation.ok) this.open.push({ reservation, n });
    this.act(this.now);
  }

  /** Everybody who is due until `until` acts at the time that is due. */
  act(until: number): void {
    for (const holder of [...this.open]) {
      if (!holder.reservation.ok) {
        this.open.splice(this.open.indexOf(holder), 1);
        continue;
      }
      const dueAt = this.now + holder.reservation.delayMs(this.now);
      if (dueAt > until) continue;
      this.open.splice(this.open.indexOf(holder), 1);
      this.grants.push({ at: dueAt, n: holder.n });
    }
    this.now = until;
  }

  cancel(which: number): void {
    const [holder] = this.open.splice(which % Math.max(1, this.open.length), 1);
    holder?.reservation.cancel(this.now);
  }
}

const rates = fc.constantFrom(1, 3, 10, 0.7, 1_000);
const bursts = fc.constantFrom(1, 2, 5);
const steps = fc.array(
  fc.record({
    do: fc.constantFrom("allow", "allow", "reserve", "reserve", "reserve", "cancel", "penalize"),
    n: fc.constantFrom(1, 1, 1, 2, 0.5),
    ms: fc.constantFrom(0, 0, 1, 7, 50, 100, 333, 1_000, 5_000),
    /** How far the caller's clock is behind. */
    late: fc.constantFrom(0, 0, 0, 20, 2_000),
    which: fc.nat(6),
  }),
  { maxLength: 80 },
);

describe("a RateLimiter, whatever is done to it", () => {
  it("admits at most burst + rate * t in any span of time", () => {
    fc.assert(
      fc.property(rates, bursts, steps, (rate, burst, all) => {
        const limiter = new RateLimiter({ ratePerSecond: rate, burst });
        const holders = new Holders();
        for (const { do: what, n, ms, late, which } of all) {
          holders.act(holders.now + ms);
          const { now } = holders;
          limiter.setRate(rate, now); // The limiter knows the time; some callers do not.
          if (what === "allow" && limiter.allow(n, now - late)) holders.grants.push({ at: now, n });
          if (what === "reserve") holders.take(limiter.reserve(n, now - late), n);
          if (what === "cancel") holders.cancel(which);
          if (what === "penalize" && which === 0) limiter.penalize(ms, now);
        }
        holders.act(holders.now + 1e7);
        expectWithin(holders.grants, rate, burst);
        expect(holders.open).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it("says beforehand what it would allow", () => {
    fc.assert(
      fc.property(rates, bursts, steps, (rate, burst, all) => {
        const limiter = new RateLimiter({ ratePerSecond: rate, burst });
        const reservations: Reservation[] = [];
        let now = 0;
        for (const { do: what, n, ms, late, which } of all) {
          now += ms;
          limiter.setRate(rate, now); // The limiter knows the time; some callers do not.
          const tokens = limiter.tokens(now);
          const said = limiter.admits(n, now - late);
          expect(limiter.tokens(now)).toBe(tokens);
          if (what === "allow") expect(limiter.allow(n, now - late)).toBe(said);
          if (what === "reserve") {
            const reservation = limiter.reserve(n, now - late);
            expect(reservation.delayMs(now) === 0).toBe(said);
            reservations.push(reservation);
          }
          if (what === "cancel") reservations[which]?.cancel(now);
          if (what === "penalize" && which === 0) limiter.penalize(ms, now);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("times those who wait as if the cancelled had never been there", () => {
    fc.assert(
      fc.property(
        rates,
        bursts,
        fc.array(fc.constantFrom(1, 2, 0.5), { minLength: 2, maxLength: 12 }),
        fc.nat(11),
        (rate, burst, ns, index) => {
          const fitting = ns.map((n) => Math.min(n, burst));
          const cancelled = index % fitting.length;
          const limiter = new RateLimiter({ ratePerSecond: rate, burst });
          const reservations = fitting.map((n) => limiter.reserve(n, 0));
          reservations[cancelled]?.cancel(0);
          const twin = new RateLimiter({ ratePerSecond: rate, burst });
          const expected = fitting.filter((_, at) => at !== cancelled).map((n) => twin.reserve(n, 0).delayMs(0));
          const actual = reservations.filter((_, at) => at !== cancelled).map((each) => each.delayMs(0));
          expect(actual).toEqual(expected);
          expect(limiter.tokens(0)).toBe(twin.tokens(0));
        },
      ),
    );
  });

  it("serves reservations in their order", () => {
    fc.assert(
      fc.property(rates, bursts, steps, (rate, burst, all) => {
        const limiter = new RateLimiter({ ratePerSecond: rate, burst });
        let now = 0;
        let latest = 0;
        for (const { n, ms } of all) {
          now += ms;
          const reservation = limiter.reserve(Math.min(n, burst), now);
          const dueAt = now + reservation.delayMs(now);
          expect(dueAt).toBeGreaterThanOrEqual(latest - 1e-6);
          latest = dueAt;
        }
      }),
    );
  });
});

describe("several tiers", () => {
  it("keep the limit of each of them, whatever is cancelled or penalised", () => {
    fc.assert(
      fc.property(rates, bursts, rates, bursts, steps, (rateA, burstA, rateB, burstB, all) => {
        const a = new RateLimiter({ ratePerSecond: rateA, burst: burstA });
        const b = new RateLimiter({ ratePerSecond: rateB, burst: burstB });
        const both: Limiter = allOf(a, b);
        const holders = new Holders();
        for (const { do: what, n, ms, which } of all) {
          holders.act(holders.now + ms);
          if (what === "reserve" || what === "allow") holders.take(both.reserve(n, holders.now), n);
          if (what === "penalize" && which === 0) b.penalize(ms, holders.now);
        }
        holders.act(holders.now + 1e7);
        expectWithin(holders.grants, rateA, burstA);
        expectWithin(holders.grants, rateB, burstB);
      }),
      { numRuns: 200 },
    );
  });
});

describe("a KeyedRateLimiter", () => {
  it("admits for each key exactly what a limiter of its own would admit", () => {
    const use = fc.record({
      key: fc.nat(3),
      n: fc.constantFrom(1, 1, 2, 0.5),
      ms: fc.constantFrom(0, 1, 50, 100, 5_000),
      reserve: fc.boolean(),
    });
    fc.assert(
      fc.property(rates, bursts, fc.array(use, { maxLength: 80 }), (rate, burst, uses) => {
        const keyed = new KeyedRateLimiter<number>({ ratePerSecond: rate, burst, idleMs: 1_000 });
        const singles = new Map<number, RateLimiter>();
        let now = 0;
        for (const { key, n, ms, reserve } of uses) {
          now += ms;
          const single = singles.get(key) ?? new RateLimiter({ ratePerSecond: rate, burst });
          singles.set(key, single);
          // At the very instant at which a token is due, a rounding error in the last digit decides.
          if (Math.abs(single.tokens(now) - n) < 1e-9) continue;
          if (reserve)
            expect(keyed.reserve(key, n, now).delayMs(now)).toBeCloseTo(single.reserve(n, now).delayMs(now), 6);
          else expect(keyed.allow(key, n, now)).toBe(single.allow(n, now));
        }
      }),
    );
  });
});

describe("allOf, whatever is done to it", () => {
  it("allows as if each call were a reservation, which is cancelled unless it is due", () => {
    fc.assert(
      fc.property(rates, rates, bursts, bursts, steps, (rateA, rateB, burstA, burstB, all) => {
        const makeTiers = () => [
          new RateLimiter({ ratePerSecond: rateA, burst: burstA }),
          new RateLimiter({ ratePerSecond: rateB, burst: burstB }),
        ];
        const [tiers, twins] = [makeTiers(), makeTiers()];
        const [both, bothTwins] = [allOf(...tiers), allOf(...twins)];
        let now = 0;
        for (const { do: what, n, ms, which } of all) {
          now += ms;
          if (what === "allow") {
            const reservation = bothTwins.reserve(n, now);
            const isDue = reservation.delayMs(now) === 0;
            if (!isDue) reservation.cancel(now);
            expect(both.admits(n, now)).toBe(isDue);
            expect(both.allow(n, now)).toBe(isDue);
          }
          if (what === "reserve") for (const set of [tiers, twins]) set[which % 2]?.reserve(n, now);
          if (what === "penalize" && which < 2) for (const set of [tiers, twins]) set[which]?.penalize(ms, now);
          const tokensOf = (set: RateLimiter[]) => set.map((limiter) => limiter.tokens(now));
          const [actual, expected] = [tokensOf(tiers), tokensOf(twins)];
          for (const [index, tokens] of actual.entries()) expect(tokens).toBeCloseTo(expected[index] as number, 6);
        }
      }),
      { numRuns: 300 },
    );
  });
});
