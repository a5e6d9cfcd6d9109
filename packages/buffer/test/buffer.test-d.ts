import {
  type Batch,
  BatchBuffer,
  blockNewItems,
  type BufferStats,
  type Drop,
  dropNewest,
  dropOldestBatch,
  type DropReason,
  type ItemTooLargeError,
  type ItemTooSmallError,
  type Lease,
  type OverflowPolicy,
  unbounded,
} from "@disp/buffer";
import { describe, expectTypeOf, it } from "vitest";

interface Row {
  readonly id: number;
}

const hearDrop = (drop: Drop<Row>): void => console.log(drop);

describe("what a buffer holds", () => {
  it("is inferred from onDrop, or given", () => {
    expectTypeOf(new BatchBuffer({ onDrop: hearDrop })).toEqualTypeOf<BatchBuffer<Row>>();
    const buffer = new BatchBuffer<Row>({ onDrop: (drop) => expectTypeOf(drop.items).toEqualTypeOf<readonly Row[]>() });
    expectTypeOf(buffer.add({ id: 1 }, 0)).toEqualTypeOf<boolean>();
    expectTypeOf(buffer.lease(0)).toEqualTypeOf<Lease<Row> | undefined>();
    expectTypeOf(buffer.leaseAll(0)).toEqualTypeOf<Lease<Row>[]>();
    expectTypeOf(buffer.nextReadyAt()).toEqualTypeOf<number | undefined>();
    expectTypeOf(buffer.stats()).toEqualTypeOf<BufferStats>();
  });

  it("must be of its kind, and needs the time", () => {
    const buffer = new BatchBuffer<Row>();
    // @ts-expect-error -- a string is no row
    buffer.add("a", 0);
    // @ts-expect-error -- the buffer reads no clock
    buffer.add({ id: 1 });
    // @ts-expect-error -- the buffer reads no clock
    buffer.lease();
  });
});

describe("a batch", () => {
  it("is read-only, but for what the user puts there", () => {
    expectTypeOf<Batch<Row>["items"]>().toEqualTypeOf<readonly Row[]>();
    expectTypeOf<Batch<Row>["sizes"]>().toEqualTypeOf<readonly number[] | undefined>();
    expectTypeOf<Batch<Row>["meta"]>().toBeUnknown();
    expectTypeOf<Batch<Row>["keep"]>().parameter(0).toEqualTypeOf<(item: Row, index: number) => boolean>();
    const lease = new BatchBuffer<Row>().lease(0);
    // @ts-expect-error -- items are read-only
    if (lease !== undefined) lease.batch.items[0] = { id: 1 };
    // @ts-expect-error -- so is the number of the attempt
    if (lease !== undefined) lease.batch.attempt = 1;
  });
});

describe("a lease", () => {
  it("says when its batch is ready again, if ever", () => {
    expectTypeOf<Lease<Row>["nack"]>().returns.toEqualTypeOf<number | undefined>();
    expectTypeOf<Lease<Row>["ack"]>().returns.toBeVoid();
  });

  it("is dropped for a reason that exists", () => {
    expectTypeOf<Lease<Row>["drop"]>().parameter(0).toEqualTypeOf<DropReason>();
    // @ts-expect-error -- no such reason
    new BatchBuffer<Row>().lease(0)?.drop("boredom");
  });
});

describe("overflow policies", () => {
  it("fit buffers of any kind", () => {
    for (const policy of [blockNewItems(), dropOldestBatch({ maxItems: 1 }), dropNewest({ maxSize: 1 }), unbounded()]) {
      expectTypeOf(policy).toEqualTypeOf<OverflowPolicy>();
      new BatchBuffer<Row>({ overflow: policy });
    }
  });

  it("take limits by name", () => {
    // @ts-expect-error -- of items or of size?
    blockNewItems(5);
    // @ts-expect-error -- it has no limit
    unbounded({ maxItems: 5 });
  });
});

describe("errors", () => {
  it("are told apart by their code", () => {
    expectTypeOf<ItemTooLargeError["code"]>().toEqualTypeOf<"DISP_ITEM_TOO_LARGE">();
    expectTypeOf<ItemTooSmallError["code"]>().toEqualTypeOf<"DISP_ITEM_TOO_SMALL">();
    expectTypeOf<ItemTooLargeError>().toExtend<RangeError>();
  });
});
