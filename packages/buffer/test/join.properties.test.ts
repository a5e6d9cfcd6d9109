import {
  BatchBuffer,
  type BufferStats,
  blockNewItems,
  type Drop,
  dropNewest,
  dropOldestBatch,
  type Lease,
  type OverflowPolicy,
  unbounded,
} from "@disp/buffer";
import { fixedDelay } from "@disp/retry";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

type Step =
  | { do: "come"; size: number | undefined; hasReceipt: boolean }
  | { do: "wait"; ms: number }
  | { do: "flush" | "lease" | "synthetic" | "dropAll" }
  | { do: "ack" | "nack" | "keep"; which: number };

/** Sizes that are fine, that are not, that are none, and that only a caller without types could give. */
const size = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: 1, max: 5 }) },
  { weight: 4, arbitrary: fc.constantFrom(0.1, 0.2, 0.3, 2.7) },
  { weight: 3, arbitrary: fc.constant(undefined) },
  { weight: 2, arbitrary: fc.constantFrom(0, -0, -1, 8, 21, Infinity, Number.NaN, 1e300) },
  { weight: 1, arbitrary: fc.constantFrom("2", null, true, 2n, {}).map((wrong) => wrong as unknown as number) },
);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 30, arbitrary: fc.record({ do: fc.constant("come" as const), size, hasReceipt: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 30 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        "lease" as const,
        "lease" as const,
        "flush" as const,
        "synthetic" as const,
        "dropAll" as const,
      ),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("ack" as const, "nack" as const, "keep" as const),
      which: fc.nat(5),
    }),
  },
);

/** A policy of somebody's own, which looks at sizes without saying so. */
const refusesLarge: OverflowPolicy = {
  maxItems: 12,
  resolve: () => refusesLarge,
  decide: (items, _, newcomer) => (items < 12 && newcomer < 4 ? "accept" : "refuse"),
};

const limits = fc.record({
  maxItems: fc.constantFrom(1, 5, 12, 40, Infinity),
  maxSize: fc.constantFrom(undefined, undefined, undefined, 20, Infinity),
});

const options = fc.record({
  maxItems: fc.constantFrom(1, 3, 7, 30, Infinity),
  maxSize: fc.constantFrom(5, 20.5, 60, Infinity),
  maxAgeMs: fc.constantFrom(0, 10, Infinity),
  order: fc.constantFrom("ready" as const, "fifo" as const),
  overflow: fc.oneof(
    limits.map(blockNewItems),
    limits.map(dropOldestBatch),
    limits.map(dropNewest),
    fc.constantFrom(unbounded(), blockNewItems(), refusesLarge),
  ),
});

type Options = typeof options extends fc.Arbitrary<infer Drawn> ? Drawn : never;

/** The same policy, which has to be asked for every item, since it does not say how many it accepts. */
function askedAlways(policy: OverflowPolicy): OverflowPolicy {
  const { maxSize } = policy;
  return {
    ...(maxSize === undefined ? {} : { maxSize }),
    resolve: (batch) => askedAlways(policy.resolve(batch)),
    decide: (items, live, newcomer) => policy.decide(items, live, newcomer),
  };
}

type ComeIn = (buffer: BatchBuffer<number>, ...item: Parameters<BatchBuffer<number>["add"]>) => boolean;

const addOnly: ComeIn = (buffer, item, now, weight, receipt) => buffer.add(item, now, weight, receipt);

/** As core does it: what does not join is added. Who did not join has changed nothing, and who did has cut nothing. */
function joinFirst(onJoin: (weight: number | undefined) => void): ComeIn {
  return (buffer, item, now, weight, receipt) => {
    const [before, growingId] = [buffer.stats(), buffer.growingId];
    if (buffer.join(item, receipt, weight)) {
      expect([growingId, before.unleased.items + 1]).toEqual([buffer.growingId, buffer.stats().unleased.items]);
      onJoin(weight);
      return true;
    }
    expect(buffer.stats()).toEqual(before);
    return buffer.add(item, now, weight, receipt);
  };
}

/** A buffer, and everything that can be seen of it. */
class Witness {
  readonly buffer: BatchBuffer<number>;
  readonly #comeIn: ComeIn;
  readonly #seen: unknown[] = [];
  readonly #out: Lease<number>[] = [];
  #now = 0;
  #names = 0;

  constructor(drawn: Options, overflow: OverflowPolicy, comeIn: ComeIn) {
    const retry = fixedDelay({ delayMs: 5, maxRetries: 1 });
    const onDrop = (drop: Drop<number>) => this.#seen.push(drop);
    this.buffer = new BatchBuffer<number>({ ...drawn, overflow, retry, onDrop });
    this.#comeIn = comeIn;
  }

  /** What came of it, and how everything is then. */
  run(next: Step): { seen: unknown[]; stats: BufferStats; ids: unknown[] } {
    try {
      this.#seen.push(this.#do(next));
    } catch (error) {
      this.#seen.push(error);
    }
    const { buffer } = this;
    const ids = [buffer.growingId, buffer.newestId, buffer.oldestId, buffer.nextReadyAt(), buffer.canAdd(2)];
    return { seen: this.#seen.splice(0), stats: buffer.stats(), ids };
  }

  #do(next: Step): unknown {
    if (next.do === "come") return this.#come(next.size, next.hasReceipt);
    if (next.do === "wait") return (this.#now += next.ms);
    if (next.do === "lease") return this.#lease();
    if (next.do === "synthetic") return this.buffer.addSynthetic(this.#now);
    if ("which" in next) return this.#end(next.do, next.which);
    if (next.do === "flush") this.buffer.flush(this.#now);
    else this.buffer.dropAll("aborted");
    return undefined;
  }

  #come(weight: number | undefined, hasReceipt: boolean): boolean {
    const name = this.#names++;
    const receipt = {
      delivered: () => this.#seen.push(`${name} delivered`),
      dropped: () => this.#seen.push(`${name} dropped`),
    };
    return this.#comeIn(this.buffer, name, this.#now, weight, hasReceipt ? receipt : undefined);
  }

  #lease(): unknown {
    const lease = this.buffer.lease(this.#now);
    if (lease === undefined) return undefined;
    this.#out.push(lease);
    const { id, items, sizes, attempt } = lease.batch;
    return { id, items, sizes, attempt };
  }

  #end(how: "ack" | "nack" | "keep", which: number): unknown {
    const index = which % Math.max(1, this.#out.length);
    const lease = this.#out[index];
    if (how === "keep") return lease?.batch.keep((name) => name % 3 !== which % 3);
    this.#out.splice(index, 1);
    return how === "ack" ? lease?.ack() : lease?.nack(this.#now);
  }
}

describe("join", () => {
  it("does what add does, and add by it what it does when it asks for every item, whatever the sizes", () => {
    let joined = 0;
    fc.assert(
      fc.property(options, fc.array(step, { maxLength: 80, size: "max" }), (drawn, steps) => {
        const asking = new Witness(drawn, askedAlways(drawn.overflow), addOnly);
        const adding = new Witness(drawn, drawn.overflow, addOnly);
        const count = (weight: number | undefined) => (joined += weight === undefined ? 0 : 1);
        const joining = new Witness(drawn, drawn.overflow, joinFirst(count));
        for (const next of steps) {
          const expected = asking.run(next);
          expect(adding.run(next)).toEqual(expected);
          expect(joining.run(next)).toEqual(expected);
        }
      }),
      { numRuns: 120 },
    );
    expect(joined).toBeGreaterThan(200);
  });

  it("takes every item with a size that leaves the batch room for more, where the buffer has room for all", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 60 }), (sizes) => {
        const buffer = new BatchBuffer<number>({ maxItems: 6, maxSize: 12, overflow: unbounded() });
        let [count, total] = [0, 0];
        for (const [item, weight] of sizes.entries()) {
          const hasRoom = count > 0 && count + 1 < 6 && total + weight < 12;
          expect(buffer.join(item, undefined, weight)).toBe(hasRoom);
          if (!hasRoom) buffer.add(item, 0, weight);
          const isFirst = count === 0 || total + weight > 12;
          [count, total] = isFirst ? [1, weight] : [count + 1, total + weight];
          if (count === 6 || total === 12) [count, total] = [0, 0];
        }
        expect(buffer.stats().unleased).toEqual({
          items: sizes.length,
          size: sizes.reduce((sum, each) => sum + each, 0),
        });
      }),
    );
  });
});
