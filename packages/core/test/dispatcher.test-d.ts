import {
  allOf,
  type AsyncLimiter,
  type Batch,
  Dispatcher,
  type DispatcherOptions,
  type DispatcherStats,
  type Drop,
  type DropReason,
  type Limiter,
  RateLimiter,
  type SendContext,
  type SendFailure,
  type Summary,
} from "@disp/core";
import { describe, expectTypeOf, it } from "vitest";

interface Row {
  readonly id: number;
}

const send = async (): Promise<void> => {};
const sendRows = async (batch: Batch<Row>): Promise<void> => batch.keep(() => true);
const hearDrop = (drop: Drop<Row>): void => console.log(drop);
declare const limiter: Limiter;
declare const asyncLimiter: AsyncLimiter;
declare const rows: AsyncIterable<Row>;

describe("what a dispatcher carries", () => {
  it("is inferred from send", () => {
    const dispatcher = new Dispatcher({ send: sendRows });
    expectTypeOf(dispatcher).toEqualTypeOf<Dispatcher<Row>>();
    expectTypeOf<Dispatcher<Row>["tryPush"]>().parameter(0).toEqualTypeOf<Row>();
    expectTypeOf(dispatcher.writable).toEqualTypeOf<WritableStream<Row>>();
  });

  it("is inferred from the other options", () => {
    expectTypeOf(new Dispatcher({ send, batch: { sizeOf: (row: Row) => row.id } })).toEqualTypeOf<Dispatcher<Row>>();
    expectTypeOf(new Dispatcher({ send, onDrop: hearDrop })).toEqualTypeOf<Dispatcher<Row>>();
    const options: DispatcherOptions<Row> = { send };
    expectTypeOf(new Dispatcher(options)).toEqualTypeOf<Dispatcher<Row>>();
  });

  it("reaches the hooks when it is given", () => {
    new Dispatcher<Row>({
      send(batch, context) {
        expectTypeOf(batch).toEqualTypeOf<Batch<Row>>();
        expectTypeOf(context).toEqualTypeOf<SendContext>();
        batch.keep((item, index) => {
          expectTypeOf(item).toEqualTypeOf<Row>();
          expectTypeOf(index).toEqualTypeOf<number>();
          return true;
        });
      },
      batch: {
        sizeOf(item) {
          expectTypeOf(item).toEqualTypeOf<Row>();
          return 1;
        },
      },
      onError(failure) {
        expectTypeOf(failure).toEqualTypeOf<SendFailure<Row>>();
        expectTypeOf(failure.error).toBeUnknown();
      },
      onDrop: (drop) => expectTypeOf(drop).toEqualTypeOf<Drop<Row>>(),
      onDrained: (summary) => expectTypeOf(summary).toEqualTypeOf<Summary>(),
    });
  });

  it("is what the source holds, in process", () => {
    expectTypeOf(Dispatcher.process([1, 2], { send })).toEqualTypeOf<Promise<Summary>>();
    void Dispatcher.process(rows, { send: ({ items }) => expectTypeOf(items).toEqualTypeOf<readonly Row[]>() });
    void Dispatcher.process(new Set(["a"]), {
      send: ({ items }) => expectTypeOf(items).toEqualTypeOf<readonly string[]>(),
    });
  });
});

describe("a batch", () => {
  it("shows its items read-only", () => {
    expectTypeOf<Batch<Row>["items"]>().toEqualTypeOf<readonly Row[]>();
    expectTypeOf<Batch<Row>["items"]>().not.toHaveProperty("push");
    new Dispatcher<Row>({
      send(batch) {
        // @ts-expect-error -- keep() is the way to shrink a batch
        batch.items = [];
        // @ts-expect-error -- items are read-only
        batch.items.length = 0;
        batch.meta = "anything";
      },
    });
  });
});

describe("the hooks", () => {
  it("may return nothing, or a decision", () => {
    expectTypeOf<(failure: SendFailure<Row>) => void>().toExtend<NonNullable<DispatcherOptions<Row>["onError"]>>();
    new Dispatcher<Row>({ send, onError: ({ error }) => console.log(error) });
    new Dispatcher<Row>({ send, onError: ({ attempt }) => (attempt > 3 ? "drop" : "retry") });
    new Dispatcher<Row>({ send, onError: ({ attempt }) => (attempt > 3 ? undefined : { retryAfterMs: 10 }) });
  });

  it("refuse decisions that do not exist", () => {
    // @ts-expect-error -- no such decision
    new Dispatcher<Row>({ send, onError: () => "again" });
    // @ts-expect-error -- not in seconds
    new Dispatcher<Row>({ send, onError: () => ({ retryAfter: 1 }) });
  });
});

describe("send", () => {
  it("may return anything, now or later, since nobody reads it", () => {
    const stored: Row[] = [];
    new Dispatcher<Row>({ send: ({ items }) => stored.push(...items) });
    new Dispatcher<Row>({ send: async ({ items }) => items.length });
  });
});

describe("the rate limit", () => {
  it("may answer at once or later", () => {
    for (const rateLimit of [limiter, asyncLimiter, new RateLimiter({ ratePerSecond: 1 }), allOf(limiter)]) {
      new Dispatcher<Row>({ send, rateLimit });
    }
  });

  it("is no number", () => {
    // @ts-expect-error -- a limiter, so that several dispatchers can share it
    new Dispatcher<Row>({ send, rateLimit: 10 });
  });
});

describe("the doors", () => {
  it("answer with what the item came to, and never with the item", () => {
    const dispatcher = new Dispatcher<Row>({ send });
    const { signal } = new AbortController();
    expectTypeOf(dispatcher.tryPush({ id: 1 })).toEqualTypeOf<boolean>();
    expectTypeOf(dispatcher.push({ id: 1 }, { signal })).toEqualTypeOf<Promise<void>>();
    expectTypeOf(dispatcher.deliver({ id: 1 }, { signal })).toEqualTypeOf<Promise<void>>();
    expectTypeOf(dispatcher.ready({ signal })).toEqualTypeOf<Promise<void>>();
    expectTypeOf(dispatcher.flush({ signal })).toEqualTypeOf<Promise<void>>();
    expectTypeOf(dispatcher.consume(rows, { signal })).toEqualTypeOf<Promise<void>>();
    expectTypeOf(dispatcher.drain({ timeoutMs: 1, signal })).toEqualTypeOf<Promise<Summary>>();
    expectTypeOf(dispatcher.drained).toEqualTypeOf<Promise<Summary>>();
    expectTypeOf(dispatcher.state).toEqualTypeOf<"open" | "closing" | "drained">();
    expectTypeOf(dispatcher.stats()).toEqualTypeOf<DispatcherStats>();
    expectTypeOf(dispatcher).toExtend<AsyncDisposable>();
  });

  it("take only what the dispatcher carries", () => {
    const dispatcher = new Dispatcher<Row>({ send });
    // @ts-expect-error -- a string is no row
    dispatcher.tryPush("a");
    // @ts-expect-error -- a string is no row
    void dispatcher.push(1);
    // @ts-expect-error -- no rows in there
    void dispatcher.consume(["a"]);
    // @ts-expect-error -- nothing to iterate over
    void dispatcher.consume({ id: 1 });
    // @ts-expect-error -- the time belongs into an object
    void dispatcher.drain(1_000);
    // @ts-expect-error -- set by the dispatcher alone
    dispatcher.drained = Promise.reject(new Error());
  });
});

describe("a summary", () => {
  it("counts what was accepted, delivered, dropped by reason, and abandoned", () => {
    expectTypeOf<Summary>().branded.toEqualTypeOf<{
      readonly accepted: number;
      readonly delivered: number;
      readonly dropped: Readonly<Record<DropReason, number>>;
      readonly abandoned: number;
    }>();
    expectTypeOf<DispatcherStats>().toExtend<Summary>();
  });
});

describe("options", () => {
  it("need send, and know each other's names", () => {
    // @ts-expect-error -- nobody to send to
    new Dispatcher({});
    // @ts-expect-error -- it is batch.maxItems
    new Dispatcher<Row>({ send, maxItems: 5 });
    // @ts-expect-error -- no such order
    new Dispatcher<Row>({ send, order: "lifo" });
    // @ts-expect-error -- a policy, made by blockNewItems() and its like
    new Dispatcher<Row>({ send, overflow: "drop" });
    // @ts-expect-error -- a size is a number
    new Dispatcher<Row>({ send, batch: { sizeOf: () => "large" } });
  });
});
