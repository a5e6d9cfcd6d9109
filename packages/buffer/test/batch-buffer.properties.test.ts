import { BatchBuffer, blockNewItems, type Drop, dropNewest, dropOldestBatch, type Lease } from "@disp/buffer";
import { fixedDelay } from "@disp/retry";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BufferModel, type ModelBatch, type ModelOptions } from "./model.ts";

type Step =
  | { do: "add"; size: number }
  | { do: "wait"; ms: number }
  | { do: "flush" | "lease" | "synthetic" }
  | { do: "ack" | "nack" | "drop" | "keep" | "reject"; which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("add" as const), size: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 30 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("lease" as const, "lease" as const, "flush" as const, "synthetic" as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("ack" as const, "nack" as const, "keep" as const, "reject" as const, "drop" as const),
      which: fc.nat(5),
    }),
  },
);

const options: fc.Arbitrary<ModelOptions> = fc
  .record({
    maxItems: fc.constantFrom(1, 2, 3, 7, Infinity),
    maxSize: fc.constantFrom(5, 8, Infinity),
    maxAgeMs: fc.constantFrom(0, 10, 50, Infinity),
    maxLeases: fc.constantFrom(1, 2, 4),
    order: fc.constantFrom("ready" as const, "fifo" as const),
    overflow: fc.constantFrom("block" as const, "drop-oldest" as const, "drop-newest" as const),
    maxLiveItems: fc.constantFrom(1, 5, 12, Infinity),
    maxLiveSize: fc.constantFrom(5, 20, Infinity),
    delayMs: fc.constantFrom(0, 5, 40),
    maxRetries: fc.constantFrom(0, 1, 3),
  })
  .map((drawn) => (drawn.order === "fifo" ? { ...drawn, maxLeases: 1 } : drawn));

const POLICIES = { block: blockNewItems, "drop-oldest": dropOldestBatch, "drop-newest": dropNewest };

/** The buffer and its model, driven by the same steps. */
class Twins {
  readonly model: BufferModel;
  readonly buffer: BatchBuffer<number>;
  readonly drops: Drop<number>[] = [];
  readonly endings = new Map<number, string[]>();
  readonly out: { lease: Lease<number>; twin: ModelBatch }[] = [];
  #now = 0;
  #names = 0;

  constructor(drawn: ModelOptions) {
    this.model = new BufferModel(drawn);
    this.buffer = new BatchBuffer<number>({
      maxItems: drawn.maxItems,
      maxSize: drawn.maxSize,
      maxAgeMs: drawn.maxAgeMs,
      maxLeases: drawn.maxLeases,
      order: drawn.order,
      overflow: POLICIES[drawn.overflow]({ maxItems: drawn.maxLiveItems, maxSize: drawn.maxLiveSize }),
      retry: fixedDelay({ delayMs: drawn.delayMs, maxRetries: drawn.maxRetries }),
      onDrop: (drop) => this.drops.push(drop),
    });
  }

  run(next: Step): void {
    if (next.do === "add") this.#add(next.size);
    else if (next.do === "wait") this.#now += next.ms;
    else if ("which" in next) this.#end(next.do, next.which);
    else if (next.do === "lease") this.lease();
    else if (next.do === "synthetic") {
      expect(this.buffer.addSynthetic(this.#now)).toBe(this.model.addSynthetic(this.#now));
    } else {
      this.buffer.flush(this.#now);
      this.model.cut(this.#now);
    }
  }

  #add(size: number): void {
    const name = this.#names++;
    const endings: string[] = [];
    const receipt = { delivered: () => endings.push("delivered"), dropped: () => endings.push("dropped") };
    const isAccepted = this.buffer.add(name, this.#now, size, receipt);
    expect(isAccepted).toBe(this.model.add({ name, size }, this.#now));
    if (isAccepted) this.endings.set(name, endings);
  }

  lease(): boolean {
    const lease = this.buffer.lease(this.#now);
    const twin = this.model.lease(this.#now);
    expect(lease?.batch.id).toBe(twin?.id);
    if (lease === undefined || twin === undefined) return false;
    expect(lease.batch.items).toEqual(twin.items.map(({ name }) => name));
    expect(lease.batch.sizes ?? []).toEqual(twin.items.map(({ size }) => size));
    expect(lease.batch.attempt).toBe(twin.attempts);
    this.out.push({ lease, twin });
    return true;
  }

  #end(how: "ack" | "nack" | "drop" | "keep" | "reject", which: number): void {
    const index = which % Math.max(1, this.out.length);
    const held = this.out[index];
    if (held === undefined) return;
    const { lease, twin } = held;
    if (how === "keep") {
      const predicate = (name: number) => name % 3 !== which % 3;
      lease.batch.keep(predicate);
      this.model.keep(twin, predicate);
      return;
    }
    if (how === "reject") {
      const predicate = (name: number) => name % 4 === which % 4;
      lease.batch.reject(predicate, "poison");
      this.model.reject(twin, predicate);
      return;
    }
    this.out.splice(index, 1);
    if (how === "ack") {
      lease.ack();
      this.model.ack(twin);
    } else if (how === "nack") {
      lease.nack(this.#now);
      this.model.nack(twin, this.#now);
    } else {
      lease.drop("rejected");
      this.model.drop(twin);
    }
  }

  checkInvariants(): void {
    const { model, buffer } = this;
    const stats = buffer.stats();
    expect(stats.unleased.items + stats.leased.items).toBe(model.liveItems());
    expect(stats.unleased.size + stats.leased.size).toBe(model.liveSize());
    expect(stats.delivered.items).toBe(model.delivered.length);
    expect(stats.dropped.items).toBe(model.dropped.length);
    expect(stats.total.items + stats.delivered.items + stats.dropped.items).toBe(model.accepted);
    expect(stats.leases).toBe(model.leased().length);
    expect(stats.empty).toBe(stats.batches + stats.leases === 0);
    expect(this.drops.flatMap(({ items }) => items)).toEqual(model.dropped);
    expect(buffer.oldestId).toBe(model.batches.find(({ place }) => place !== "settled")?.id);
    expect(buffer.canAdd()).toBe(model.options.overflow !== "block" || model.hasRoom(0));
  }

  /** Whenever the buffer names a time, a lease is to be had at that time, if one is free. */
  checkReadiness(): void {
    const readyAt = this.buffer.nextReadyAt();
    const isFree = this.out.length < this.model.options.maxLeases;
    if (readyAt === undefined || !isFree) return;
    this.#now = Math.max(this.#now, readyAt);
    expect(this.lease()).toBe(true);
  }

  settleEverything(): void {
    for (const { lease, twin } of this.out.splice(0)) {
      lease.ack();
      this.model.ack(twin);
    }
    for (const lease of this.buffer.leaseAll(this.#now)) {
      lease.drop("aborted");
      this.model.drop(this.model.batches[lease.batch.id - 1] as ModelBatch);
    }
  }
}

describe("a BatchBuffer, whatever is done to it", () => {
  it("does what its model does, and settles every accepted item exactly once", () => {
    fc.assert(
      fc.property(options, fc.array(step, { maxLength: 120 }), (drawn, steps) => {
        const twins = new Twins(drawn);
        for (const next of steps) {
          twins.run(next);
          twins.checkInvariants();
        }
        twins.checkReadiness();
        twins.checkInvariants();
        twins.settleEverything();
        twins.checkInvariants();
        expect(twins.buffer.stats().empty).toBe(true);
        expect(twins.buffer.nextReadyAt()).toBeUndefined();
        for (const endings of twins.endings.values()) expect(endings).toHaveLength(1);
      }),
      { numRuns: 400 },
    );
  });

  it("never loses the order of the items with order fifo", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const delivered: number[] = [];
        const buffer = new BatchBuffer<number>({ order: "fifo", maxItems: 3, retry: fixedDelay({ delayMs: 5 }) });
        let lease: Lease<number> | undefined;
        let name = 0;
        let now = 0;
        for (const next of steps) {
          if (next.do === "add") buffer.add(name++, now);
          else if (next.do === "wait") now += next.ms;
          else if (next.do === "flush") buffer.flush(now);
          else if (lease === undefined) lease = buffer.lease(now);
          else {
            if (next.do === "nack") lease.nack(now);
            else {
              delivered.push(...lease.batch.items);
              lease.ack();
            }
            lease = undefined;
          }
        }
        expect(delivered).toEqual(delivered.map((_, index) => index));
      }),
      { numRuns: 200 },
    );
  });
});
