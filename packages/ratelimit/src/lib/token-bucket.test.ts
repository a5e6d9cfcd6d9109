import { describe, expect, it } from "vitest";
import type { Claim } from "./claim.ts";
import { TokenBucket } from "./token-bucket.ts";

/** A bucket of one token, ten a second, with so many claims made at 0: they are due at 0, 100, 200, ... */
function lineOf(count: number) {
  const bucket = new TokenBucket(10, 1);
  const told: number[] = [];
  const claims = Array.from({ length: count }, (_, index) => {
    const claim = mustClaim(bucket, 1, 0);
    bucket.listen(claim, () => told.push(index));
    return claim;
  });
  return { bucket, claims, told, dueAt: () => claims.map((claim) => claim.dueAt) };
}

function mustClaim(bucket: TokenBucket, n: number, now: number): Claim {
  const claim = bucket.claim(n, now);
  if (claim === undefined) throw new Error("can never be had");
  return claim;
}

/** How often the bucket works out a time in a line of so many, while `change` is done to it: it looks at `n` for that. */
function workOf(change: (bucket: TokenBucket, claims: Claim[]) => void, count: number): number {
  const bucket = new TokenBucket(10, 1);
  const claims = Array.from({ length: count }, () => mustClaim(bucket, 1, 0));
  let looks = 0;
  for (const claim of claims) {
    bucket.hold(claim);
    Object.defineProperty(claim, "n", { get: () => ((looks += 1), 1) });
  }
  change(bucket, claims);
  return looks;
}

describe("the work of a bucket", () => {
  it("is the same in a long line when its holders come late, one after the other", () => {
    const serveTen = (bucket: TokenBucket, claims: Claim[]) => {
      for (let turn = 1; turn <= 10; turn += 1) {
        const first = claims[turn - 1] as Claim;
        expect(bucket.delayMs(first, turn * 5_000)).toBe(0);
        bucket.act(first, turn * 5_000);
        expect(bucket.dueAt(claims[turn] as Claim)).toBe(turn * 5_000 + 100);
      }
    };
    expect(workOf(serveTen, 1_000)).toBe(workOf(serveTen, 100));
  });

  it("grows as fast as the line, and not with its square, when the first half leaves", () => {
    const halve = (bucket: TokenBucket, claims: Claim[]) => {
      const { length } = claims;
      for (const claim of claims.slice(0, length / 2)) bucket.giveBack(claim, 0);
      expect(bucket.dueAt(claims.at(-1) as Claim)).toBe((length / 2 - 1) * 100);
    };
    expect(workOf(halve, 2_000)).toBeLessThanOrEqual(2.1 * workOf(halve, 1_000));
  });

  it("is the same however long the line when allow, admits or the first in line have to be told no", () => {
    const ask = (bucket: TokenBucket, claims: Claim[]) => {
      bucket.advance(50_000); // Who is first comes late, so all others are to be placed anew.
      expect([bucket.allow(1, 50_000), bucket.admits(1, 50_000)]).toEqual([false, false]);
      expect(bucket.delayMs(claims[1] as Claim, 50_000)).toBe(100);
    };
    expect(workOf(ask, 1_000)).toBe(workOf(ask, 100));
  });
});

describe("the line of a bucket", () => {
  it("places each claim behind those before it, by its weight", () => {
    const bucket = new TokenBucket(10, 5);
    expect([5, 1, 4, 2].map((n) => mustClaim(bucket, n, 0).dueAt)).toEqual([0, 100, 500, 700]);
    expect(bucket.tokens(0)).toBe(-7);
  });

  it("is left by those whose time has passed, and not before", () => {
    const { bucket, claims } = lineOf(2);
    bucket.advance(100);
    expect([claims[0]?.state, claims[1]?.state]).toEqual(["acted", "in line"]);
    bucket.advance(101);
    expect(claims[1]?.state).toBe("acted");
  });

  it("refuses what can never be had, and nothing changes", () => {
    const { bucket } = lineOf(1);
    expect(bucket.claim(2, 0)).toBeUndefined();
    expect(mustClaim(bucket, 1, 0).dueAt).toBe(100);
  });

  it("takes a time before the latest one for that one", () => {
    const bucket = new TokenBucket(10, 1);
    mustClaim(bucket, 1, 1_000);
    expect(mustClaim(bucket, 1, 0).dueAt).toBe(1_100);
    expect(bucket.advance(500)).toBe(1_000);
  });

  it("lets allow take tokens behind it only if they are there at once", () => {
    const bucket = new TokenBucket(10, 2);
    mustClaim(bucket, 1, 0);
    expect([bucket.allow(1, 0), bucket.allow(1, 0)]).toEqual([true, false]);
    expect(mustClaim(bucket, 1, 0).dueAt).toBe(100);
  });
});

describe("a claim given back", () => {
  it("moves those behind it up, and tells only them", () => {
    const { bucket, claims, told, dueAt } = lineOf(4);
    bucket.giveBack(claims[1] as Claim, 50);
    expect([dueAt()[2], dueAt()[3]]).toEqual([100, 200]);
    expect(told).toEqual([2, 3]);
  });

  it("moves nobody up into the past", () => {
    const bucket = new TokenBucket(10, 3);
    const [, large, small] = [3, 3, 1].map((n) => mustClaim(bucket, n, 0)) as [Claim, Claim, Claim];
    expect(small.dueAt).toBe(400);
    bucket.giveBack(large, 250);
    expect(small.dueAt).toBe(250);
  });

  it("counts once, and no more when its time has passed", () => {
    const { bucket, claims } = lineOf(3);
    bucket.giveBack(claims[0] as Claim, 1);
    expect(claims[0]?.state).toBe("acted");
    bucket.giveBack(claims[1] as Claim, 1);
    bucket.giveBack(claims[1] as Claim, 1);
    expect(claims[2]?.dueAt).toBe(100);
    expect(mustClaim(bucket, 1, 1).dueAt).toBe(200);
  });
});

describe("a claim postponed", () => {
  it("takes its tokens later, and so do those behind it", () => {
    const { bucket, claims, told, dueAt } = lineOf(4);
    bucket.postpone(claims[1] as Claim, 130, 0);
    expect(dueAt()).toEqual([0, 130, 230, 330]);
    expect(told).toEqual([1, 2, 3]);
  });

  it("never moves forward", () => {
    const { bucket, claims, told } = lineOf(2);
    bucket.postpone(claims[1] as Claim, 300, 0);
    bucket.postpone(claims[1] as Claim, 200, 0);
    expect([claims[1]?.dueAt, told]).toEqual([300, [1]]);
  });
});

describe("a claim that is held", () => {
  it("stays in line however late its holder is, and keeps those behind it at their distance", () => {
    const { bucket, claims, dueAt } = lineOf(3);
    for (const claim of claims.slice(1)) claim.isHeld = true;
    bucket.advance(1_000);
    expect([claims[1]?.state, ...dueAt()]).toEqual(["in line", 0, 1_000, 1_100]);
    bucket.act(claims[1] as Claim, 1_000);
    bucket.advance(1_001);
    expect([claims[1]?.state, claims[2]?.state, claims[2]?.dueAt]).toEqual(["acted", "in line", 1_100]);
  });
});

describe("those who act", () => {
  it("leave the line at once, so that they do not keep each other in memory", () => {
    const bucket = new TokenBucket(10, 1);
    const claims = Array.from({ length: 4 }, () => mustClaim(bucket, 1, 0));
    for (const claim of claims) bucket.hold(claim);
    bucket.setLimits(Infinity, 1, 0);
    for (const claim of claims) bucket.act(claim, 0);
    expect(claims.map(({ state, next, previous }) => [state, next, previous])).toEqual(
      claims.map(() => ["acted", undefined, undefined]),
    );
  });

  it("keep their turn while somebody ahead of them, who is due at the same instant, may still give back", () => {
    const { bucket, claims } = lineOf(3);
    bucket.postpone(claims[1] as Claim, 200, 0);
    bucket.setLimits(Infinity, 1, 150);
    bucket.hold(claims[2] as Claim);
    bucket.act(claims[2] as Claim, 200);
    expect([claims[1]?.state, claims[2]?.state]).toEqual(["in line", "in line"]);
    bucket.advance(201);
    expect([claims[1]?.state, claims[2]?.state]).toEqual(["acted", "acted"]);
  });
});

describe("a change of the limits", () => {
  it("times the whole line anew", () => {
    const { bucket, told, dueAt } = lineOf(3);
    bucket.setLimits(5, 1, 50);
    expect(dueAt()).toEqual([0, 150, 350]);
    expect(told).toEqual([1, 2]);
    expect([bucket.ratePerSecond, bucket.burst]).toEqual([5, 1]);
  });

  it("sends those away who ask for more than the burst now, and lets the others move up", () => {
    const bucket = new TokenBucket(10, 3);
    const [, large, small] = [3, 3, 1].map((n) => mustClaim(bucket, n, 0));
    bucket.setLimits(10, 2, 0);
    expect([large?.state, large?.dueAt]).toEqual(["impossible", Infinity]);
    expect([small?.state, small?.dueAt]).toEqual(["in line", 100]);
  });

  it("never comes while the rate is 0, and comes when it is raised", () => {
    const bucket = new TokenBucket(0, 1);
    expect([bucket.allow(1, 0), bucket.claim(1, 0)]).toEqual([true, undefined]);
    bucket.setLimits(10, 1, 1_000);
    expect(mustClaim(bucket, 1, 1_000).dueAt).toBe(1_100);
  });
});

describe("a penalty", () => {
  it("holds all who are in line back, then gives one token and more at the usual rate", () => {
    const { bucket, dueAt } = lineOf(3);
    bucket.penalize(500, 50);
    expect(dueAt()).toEqual([0, 550, 650]);
    expect([bucket.allow(1, 200), bucket.tokens(200)]).toEqual([false, -1]);
    const full = new TokenBucket(10, 5);
    full.penalize(500, 0);
    expect([full.tokens(499), full.tokens(500), full.tokens(600)]).toEqual([0, 1, 2]);
  });

  it("never ends before one that was longer", () => {
    for (const rate of [10, Infinity]) {
      const bucket = new TokenBucket(rate, 5);
      bucket.penalize(500, 0);
      bucket.penalize(100, 0);
      expect([bucket.allow(1, 499), bucket.allow(1, 500)]).toEqual([false, true]);
    }
  });
});
