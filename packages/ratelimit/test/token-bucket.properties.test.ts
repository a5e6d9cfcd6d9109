import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Claim } from "../src/lib/claim.ts";
import { TokenBucket } from "../src/lib/token-bucket.ts";
import { EagerBucket, type EagerClaim } from "./eager-bucket.ts";

const steps = fc.array(
  fc.record({
    do: fc.constantFrom(
      "claim",
      "claim",
      "claim",
      "claim",
      "giveBack",
      "giveBack",
      "act",
      "postpone",
      "limits",
      "penalize",
      "look",
    ),
    n: fc.constantFrom(1, 1, 1, 2, 0.5),
    ms: fc.constantFrom(0, 0, 0, 1, 1.5, 7, 50, 100, 1_000),
    isHeld: fc.boolean(),
    which: fc.nat(30),
    rate: fc.constantFrom(10, 10, 1, 1_000, 0),
    burst: fc.constantFrom(1, 2, 5),
  }),
  { maxLength: 60 },
);

interface Pair {
  readonly claim: Claim;
  readonly eager: EagerClaim;
}

/** A bucket and its model, to which the same is done. */
class Twins {
  readonly bucket = new TokenBucket(10, 2);
  readonly #model = new EagerBucket(10, 2);
  readonly pairs: Pair[] = [];
  now = 0;
  readonly #onClaim: (bucket: TokenBucket, claim: Claim) => void;

  constructor(onClaim: (bucket: TokenBucket, claim: Claim) => void) {
    this.#onClaim = onClaim;
    this.bucket.advance(0);
  }

  claim(n: number, isHeld: boolean): void {
    const [claim, eager] = [this.bucket.claim(n, this.now), this.#model.claim(n, this.now)];
    expect(claim === undefined).toBe(eager === undefined);
    if (claim === undefined || eager === undefined) return;
    if (isHeld) this.bucket.hold(claim);
    eager.isHeld = isHeld;
    this.#onClaim(this.bucket, claim);
    this.pairs.push({ claim, eager });
  }

  giveBack({ claim, eager }: Pair): void {
    this.bucket.giveBack(claim, this.now);
    this.#model.giveBack(eager, this.now);
  }

  postpone({ claim, eager }: Pair, ms: number): void {
    this.bucket.postpone(claim, this.now + ms, this.now);
    this.#model.postpone(eager, this.now + ms, this.now);
  }

  act({ claim, eager }: Pair): void {
    this.bucket.act(claim, this.now);
    this.#model.act(eager, this.now);
  }

  setLimits(rate: number, burst: number): void {
    this.bucket.setLimits(rate, burst, this.now);
    this.#model.setLimits(rate, burst, this.now);
  }

  penalize(ms: number): void {
    this.bucket.penalize(ms, this.now);
    this.#model.penalize(ms, this.now);
  }

  compare(pairs: readonly Pair[]): void {
    this.bucket.advance(this.now);
    this.#model.advance(this.now);
    for (const { claim, eager } of pairs) {
      const isGone = claim.state === "given back";
      if (!isGone) expect(this.bucket.dueAt(claim)).toBeCloseTo(eager.dueAt, 6);
    }
  }

  compareTokens(): void {
    expect(this.bucket.tokens(this.now)).toBeCloseTo(this.#model.tokens(this.now), 6);
  }
}

function run(twins: Twins, all: typeof steps extends fc.Arbitrary<infer T> ? T : never): void {
  for (const { do: what, n, ms, isHeld, which, rate, burst } of all) {
    twins.now += ms;
    const pair = twins.pairs[which % Math.max(1, twins.pairs.length)];
    if (what === "claim") twins.claim(n, isHeld);
    if (what === "giveBack" && pair !== undefined) twins.giveBack(pair);
    if (what === "act" && pair !== undefined) twins.act(pair);
    if (what === "postpone" && pair !== undefined) twins.postpone(pair, 10 * n);
    if (what === "limits" && which < 3) twins.setLimits(rate, burst);
    if (what === "penalize" && which < 3) twins.penalize(ms);
    if (what === "look" && pair !== undefined) twins.compare([pair]);
  }
  twins.compareTokens();
  twins.compare(twins.pairs);
  twins.now += 5_000;
  twins.compare(twins.pairs);
}

describe("a TokenBucket", () => {
  it("times everybody as if all were placed anew at each change, though it places few", () => {
    fc.assert(
      fc.property(steps, (all) => run(new Twins(() => {}), all)),
      { numRuns: 1_000 },
    );
  });

  it("does so also when somebody wants to be told of each change", () => {
    fc.assert(
      fc.property(steps, (all) => run(new Twins((bucket, claim) => bucket.listen(claim, () => {})), all)),
      { numRuns: 500 },
    );
  });

  it("tells everybody whose time has changed", () => {
    fc.assert(
      fc.property(steps, (all) => {
        const known = new Map<Claim, number>();
        const told = new Set<Claim>();
        const twins = new Twins((bucket, claim) => {
          known.set(claim, bucket.dueAt(claim));
          bucket.listen(claim, () => told.add(claim));
        });
        for (const step of all) {
          told.clear();
          run(twins, [step]);
          for (const [claim, dueAt] of known) {
            if (claim.state === "given back") continue;
            if (told.has(claim) || twins.bucket.dueAt(claim) === dueAt) known.set(claim, twins.bucket.dueAt(claim));
            else throw new Error(`moved from ${dueAt} to ${twins.bucket.dueAt(claim)} and was not told`);
          }
        }
      }),
      { numRuns: 200 },
    );
  });
});
