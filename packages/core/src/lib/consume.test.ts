import { describe, expect, it, vi } from "vitest";
import { consume, type Sink } from "./consume.ts";
import { DispatcherClosedError } from "./errors.ts";

function sinkOf(offer: (item: unknown) => Promise<void> | undefined, signal?: AbortSignal): Sink<unknown> {
  return { offer, refuse: () => {}, onClose: new Set(), signal };
}

function collect(): { items: unknown[]; sink: Sink<unknown> } {
  const items: unknown[] = [];
  return {
    items,
    sink: sinkOf((item) => {
      items.push(item);
      return undefined;
    }),
  };
}

const never = () => new Promise<never>(() => {});

describe("consume", () => {
  it("hands on every item of an iterable or an async iterable, falsy ones included", async () => {
    const falsy = [undefined, null, 0, "", false];
    const { items, sink } = collect();
    await consume(falsy, sink);
    await consume(
      (async function* () {
        for (const item of falsy) yield await Promise.resolve(item);
      })(),
      sink,
    );
    expect(items).toEqual([...falsy, ...falsy]);
    expect(sink.onClose.size).toBe(0);
  });

  it("pulls the next item only when there was room for the last", async () => {
    let pulled = 0;
    const waits: (() => void)[] = [];
    const source = (function* () {
      for (;;) yield (pulled += 1);
    })();
    const sink = sinkOf(() => new Promise((resolve) => waits.push(resolve)));
    consume(source, sink).catch(() => {});
    expect(pulled).toBe(1);
    waits[0]?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(pulled).toBe(2);
  });

  it("tells the source when it is not read to its end, and not when it is or when it failed", async () => {
    const told = vi.fn(() => ({ done: true as const, value: undefined }));
    const sourceOf = (next: () => IteratorResult<number>) => ({ [Symbol.iterator]: () => ({ next, return: told }) });
    await consume(
      sourceOf(() => ({ done: true, value: undefined })),
      collect().sink,
    );
    const failing = sourceOf(() => {
      throw new Error("source");
    });
    await expect(consume(failing, collect().sink)).rejects.toThrow("source");
    expect(told).not.toHaveBeenCalled();
    const refusing = sinkOf(() => Promise.reject(new Error("sink")));
    await expect(
      consume(
        sourceOf(() => ({ done: false, value: 1 })),
        refusing,
      ),
    ).rejects.toThrow("sink");
    expect(told).toHaveBeenCalledTimes(1);
  });

  it("ends with the reason when the signal is aborted, and with the signal's reason when both happen", async () => {
    const controller = new AbortController();
    const sink = sinkOf(() => undefined, controller.signal);
    const silent = { [Symbol.asyncIterator]: () => ({ next: never }) };
    const done = consume(silent, sink);
    controller.abort("enough");
    await expect(done).rejects.toBe("enough");
    expect(sink.onClose.size).toBe(0);
  });

  it("ends when the sink closes, even while the source is silent and its return never answers", async () => {
    const { sink } = collect();
    const silent = { [Symbol.asyncIterator]: () => ({ next: never, return: never }) };
    const done = consume(silent, sink);
    for (const close of [...sink.onClose]) close(new DispatcherClosedError("consume"));
    await expect(done).rejects.toBeInstanceOf(DispatcherClosedError);
  });

  it("keeps the first error when the source fails to stop", async () => {
    const stubborn = {
      [Symbol.iterator]: () => ({
        next: () => ({ done: false as const, value: 1 }),
        return: () => {
          throw new Error("return");
        },
      }),
    };
    await expect(
      consume(
        stubborn,
        sinkOf(() => Promise.reject(new Error("sink"))),
      ),
    ).rejects.toThrow("sink");
  });

  it("tells a silent source, once, that its signal was aborted, and takes nothing from it any more", async () => {
    const controller = new AbortController();
    const items: unknown[] = [];
    const sink = sinkOf((item) => void items.push(item), controller.signal);
    let answer: (result: IteratorResult<string>) => void = () => {};
    const next = () => new Promise<IteratorResult<string>>((resolve) => (answer = resolve));
    let told = 0;
    const failToStop = () => {
      told += 1;
      return Promise.reject(new Error("return"));
    };
    const done = consume({ [Symbol.asyncIterator]: () => ({ next, return: failToStop }) }, sink);
    controller.abort("enough");
    await expect(done).rejects.toBe("enough");
    answer({ done: false, value: "late" });
    await new Promise((resolve) => setImmediate(resolve));
    expect([items, told]).toEqual([[], 1]);
  });

  it("does not tell a source that failed over time", async () => {
    const told = vi.fn(() => Promise.resolve({ done: true as const, value: undefined }));
    const failing = { next: () => Promise.reject(new Error("source")), return: told };
    await expect(consume({ [Symbol.asyncIterator]: () => failing }, collect().sink)).rejects.toThrow("source");
    expect(told).not.toHaveBeenCalled();
  });

  it("refuses what cannot be iterated over, and takes a string for its characters", async () => {
    const { items, sink } = collect();
    const complaint = "Cannot consume: the source must be iterable or async iterable, got 7";
    await expect(consume(7 as never, sink)).rejects.toThrow(complaint);
    await consume("ab", sink);
    expect(items).toEqual(["a", "b"]);
  });

  it("gives others a turn of the event loop in a long run of items", async () => {
    let turns = 0;
    let isDone = false;
    const others = () => {
      turns += 1;
      if (!isDone) setImmediate(others);
    };
    setImmediate(others);
    await consume(new Array<number>(50_000).fill(0), collect().sink);
    isDone = true;
    expect(turns).toBeGreaterThan(5);
  });
});
