import { BatchBuffer, blockNewItems } from "@disp/buffer";
import { describe, expect, it, vi } from "vitest";
import { Entrance } from "./entrance.ts";
import { DispatcherClosedError } from "./errors.ts";

const closed = (action: string) => new DispatcherClosedError(action);

function setUp(maxSize = 10) {
  const buffer = new BatchBuffer<number>({ maxItems: 2, overflow: blockNewItems({ maxSize }) });
  const onChange = vi.fn();
  return { buffer, onChange, entrance: new Entrance(buffer, (item) => item, onChange) };
}

function empty(buffer: BatchBuffer<number>): void {
  buffer.flush(0);
  for (let lease = buffer.lease(0); lease !== undefined; lease = buffer.lease(0)) lease.ack();
}

describe("Entrance", () => {
  it("says that something changed when a batch was opened or completed, or nobody could come in", () => {
    const { entrance, onChange } = setUp();
    const changes = [1, 1, 1, 8].map((item) => {
      onChange.mockClear();
      entrance.offer(item, undefined);
      return onChange.mock.calls.length;
    });
    expect(changes).toEqual([1, 1, 1, 1]);
  });

  it("says nothing when an item merely joins a batch", () => {
    const onChange = vi.fn();
    const entrance = new Entrance(new BatchBuffer<number>({ maxItems: 4 }), undefined, onChange);
    for (const item of [1, 2, 3]) entrance.offer(item, undefined);
    expect(onChange).toHaveBeenCalledTimes(1);
  });

  it("says nothing when an item with a size merely joins a batch, and measures it once", () => {
    const onChange = vi.fn();
    const sizeOf = vi.fn((item: number) => item);
    const buffer = new BatchBuffer<number>({ maxItems: 4, maxSize: 10 });
    const entrance = new Entrance(buffer, sizeOf, onChange);
    const changes = [1, 2, 3, 4, 5, 5].map((item, index) => {
      onChange.mockClear();
      if (index % 2 === 0) entrance.offer(item, undefined);
      else void entrance.enter(item, undefined, undefined);
      return onChange.mock.calls.length;
    });
    // The fourth makes the first batch full by count, the last the second by size.
    expect(changes).toEqual([1, 0, 0, 1, 1, 1]);
    expect(sizeOf.mock.calls).toEqual([[1], [2], [3], [4], [5], [5]]);
    expect([buffer.lease(0)?.batch.sizes, buffer.lease(0)?.batch.sizes]).toEqual([
      [1, 2, 3, 4],
      [5, 5],
    ]);
  });

  it("lets nobody in whose sizeOf has shut it, though a batch has room", async () => {
    const buffer = new BatchBuffer<number>({ maxSize: 10 });
    const sizeOf = (item: number): number => {
      if (item === 2) entrance.shut(closed);
      return item;
    };
    const entrance: Entrance<number> = new Entrance(buffer, sizeOf, () => {});
    entrance.offer(1, undefined);
    await expect(entrance.enter(2, undefined, undefined)).rejects.toEqual(closed("push"));
    expect(entrance.offer(2, undefined)).toBe(false);
    expect(buffer.stats().unleased.items).toBe(1);
  });

  it("lets those in first who came in while another was measured", () => {
    const buffer = new BatchBuffer<number>({ maxSize: 10 });
    const sizeOf = (item: number): number => {
      if (item === 3) entrance.offer(2, undefined);
      return item;
    };
    const entrance: Entrance<number> = new Entrance(buffer, sizeOf, () => {});
    for (const item of [1, 3]) entrance.offer(item, undefined);
    buffer.flush(0);
    expect(buffer.lease(0)?.batch.items).toEqual([1, 2, 3]);
  });

  it("lets nobody with a size overtake, though a batch has room", () => {
    const buffer = new BatchBuffer<number>({ maxItems: 2, maxSize: 100, overflow: blockNewItems({ maxItems: 3 }) });
    const entrance = new Entrance(
      buffer,
      (item) => item,
      () => {},
    );
    for (const item of [1, 2, 3]) entrance.offer(item, undefined);
    void entrance.enter(4, undefined, undefined);
    buffer.lease(0)?.ack();
    expect(entrance.offer(5, undefined)).toBe(false);
    entrance.letIn();
    expect(buffer.lease(0)?.batch.items).toEqual([3, 4]);
  });

  it("throws for a size that is wrong, though a batch has room", () => {
    const buffer = new BatchBuffer<number>({ maxSize: 10 });
    const entrance = new Entrance(
      buffer,
      (item) => item,
      () => {},
    );
    entrance.offer(1, undefined);
    for (const [item, code] of [
      [0, "DISP_ITEM_TOO_SMALL"],
      [-1, "DISP_ITEM_TOO_SMALL"],
      [11, "DISP_ITEM_TOO_LARGE"],
    ] as const) {
      expect(() => entrance.offer(item, undefined)).toThrow(expect.objectContaining({ code }) as Error);
    }
    expect(() => entrance.offer("1" as never, undefined)).toThrow(TypeError);
    expect(buffer.stats().unleased).toEqual({ items: 1, size: 1 });
  });

  it("lets nobody overtake those in line", async () => {
    const { buffer, entrance } = setUp();
    entrance.offer(6, undefined);
    const large = entrance.enter(8, undefined, undefined);
    expect(entrance.offer(1, undefined)).toBe(false);
    expect([entrance.waiting, entrance.isStuck]).toEqual([1, true]);
    empty(buffer);
    entrance.letIn();
    await large;
    expect([entrance.waiting, entrance.offer(1, undefined)]).toEqual([0, true]);
  });

  it("measures an item once, however long it stands in line", () => {
    const sizeOf = vi.fn((item: number) => item);
    const buffer = new BatchBuffer<number>({ overflow: blockNewItems({ maxSize: 10 }) });
    const entrance = new Entrance(buffer, sizeOf, () => {});
    entrance.offer(6, undefined);
    void entrance.enter(8, undefined, undefined);
    sizeOf.mockClear();
    entrance.letIn();
    entrance.letIn();
    expect(sizeOf).not.toHaveBeenCalled();
  });

  it("tells of room when there is enough for what was refused last", async () => {
    const { buffer, entrance } = setUp();
    entrance.offer(6, undefined);
    entrance.offer(8, undefined);
    const told = vi.fn();
    void entrance.room(undefined).then(told);
    entrance.letIn();
    await Promise.resolve();
    expect(told).not.toHaveBeenCalled();
    empty(buffer);
    entrance.letIn();
    await Promise.resolve();
    expect(told).toHaveBeenCalled();
  });

  it("turns everybody away when it shuts", async () => {
    const { entrance } = setUp();
    entrance.offer(10, undefined);
    const waits = [entrance.enter(1, undefined, undefined), entrance.room(undefined)];
    entrance.shut(closed);
    await expect(waits[0]).rejects.toEqual(closed("push"));
    await expect(waits[1]).rejects.toEqual(closed("wait for room"));
  });

  it("refuses the one whose overflow policy throws, and lets in who comes next", async () => {
    const decide = vi.fn<() => "accept" | "refuse">(() => "refuse");
    const policy = { resolve: () => policy, decide };
    const entrance = new Entrance(new BatchBuffer<number>({ overflow: policy }), undefined, () => {});
    const [first, second] = [entrance.enter(1, undefined, undefined), entrance.enter(2, undefined, undefined)];
    decide.mockReset().mockReturnValue("accept");
    decide.mockImplementationOnce(() => {
      throw new Error("policy");
    });
    entrance.letIn();
    await expect(first).rejects.toThrow("policy");
    await expect(second).resolves.toBeUndefined();
  });

  it("is stuck while somebody waits for room, or the last newcomer was refused for its size", () => {
    const { buffer, entrance } = setUp();
    entrance.offer(6, undefined);
    expect(entrance.isStuck).toBe(false);
    entrance.offer(8, undefined);
    expect(entrance.isStuck).toBe(true);
    void entrance.room(undefined);
    entrance.offer(1, undefined);
    expect(entrance.isStuck).toBe(true);
    empty(buffer);
    entrance.letIn();
    expect(entrance.isStuck).toBe(false);
  });

  it("has room at once when there is some and nobody stands in line, and says that somebody waits otherwise", async () => {
    const { entrance, onChange } = setUp();
    entrance.offer(6, undefined);
    onChange.mockClear();
    await entrance.room(undefined);
    expect(onChange).not.toHaveBeenCalled();
    void entrance.enter(8, undefined, undefined);
    entrance.offer(1, undefined);
    onChange.mockClear();
    const told = vi.fn();
    void entrance.room(undefined).then(told);
    entrance.letIn();
    await Promise.resolve();
    expect([told.mock.calls.length, onChange.mock.calls.length]).toEqual([0, 1]);
  });

  it("keeps room that was made for those in line, even before they were let in", async () => {
    const { buffer, entrance } = setUp();
    entrance.offer(6, undefined);
    const first = entrance.enter(8, undefined, undefined);
    empty(buffer);
    const told = vi.fn();
    void entrance.room(undefined).then(told);
    await Promise.resolve();
    expect(told).not.toHaveBeenCalled();
    entrance.letIn();
    await first;
  });

  it("lets nobody without a size overtake, though a batch has room", () => {
    const buffer = new BatchBuffer<number>({ maxItems: 2, overflow: blockNewItems({ maxItems: 3 }) });
    const entrance = new Entrance(buffer, undefined, () => {});
    for (const item of [1, 2, 3]) entrance.offer(item, undefined);
    void entrance.enter(4, undefined, undefined);
    buffer.lease(0)?.ack();
    expect(entrance.offer(5, undefined)).toBe(false);
    entrance.letIn();
    expect(buffer.lease(0)?.batch.items).toEqual([3, 4]);
  });
});
