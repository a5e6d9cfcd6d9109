import { EventEmitter } from "node:events";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { LiveStream, type Reader } from "./live-stream.ts";

class FakeReader extends EventEmitter implements Reader {
  writableNeedDrain = false;
  readonly heard: string[] = [];
  last: string | undefined;
  isDestroyed = false;

  write(text: string): void {
    this.heard.push(text);
  }

  end(text: string): void {
    this.last = text;
  }

  destroy(): void {
    this.isDestroyed = true;
    this.emit("close");
  }
}

let updates: number;
let firsts: number;
let nones: number;
let stream: LiveStream;

beforeEach(() => {
  vi.useFakeTimers();
  updates = 0;
  firsts = 0;
  nones = 0;
  const next = (): string => `update ${++updates}`;
  stream = new LiveStream({
    everyMs: 250,
    maxReaders: 3,
    maxSkips: 4,
    next,
    onFirst: () => firsts++,
    onNone: () => nones++,
  });
});
afterEach(() => void vi.useRealTimers());

function reader(): FakeReader {
  const made = new FakeReader();
  stream.add(made);
  return made;
}

describe("LiveStream", () => {
  it("has no timer while nobody looks", () => {
    expect(vi.getTimerCount()).toBe(0);
    const one = reader();
    const two = reader();
    expect(vi.getTimerCount()).toBe(1);
    one.emit("close");
    expect(vi.getTimerCount()).toBe(1);
    two.emit("close");
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(10_000);
    expect(updates).toBe(1);
  });

  it("tells a newcomer at once, and everybody the same, four times a second", () => {
    const one = reader();
    expect(one.heard).toEqual(["update 1"]);
    vi.advanceTimersByTime(1_000);
    const two = reader();
    vi.advanceTimersByTime(250);
    expect(one.heard.slice(-2)).toEqual(["update 5", "update 6"]);
    expect(two.heard).toEqual(["update 5", "update 6"]);
    expect(updates).toBe(6);
  });

  it("begins anew for the first who looks after nobody did", () => {
    reader().emit("close");
    expect(firsts).toBe(1);
    reader();
    reader();
    expect(firsts).toBe(2);
  });

  it("says when the last one has left, once", () => {
    const one = reader();
    const two = reader();
    one.emit("close");
    one.emit("close");
    expect(nones).toBe(0);
    two.emit("close");
    expect(nones).toBe(1);
  });

  it("skips one whose line is slow, keeps nothing for it, and goes on when it is fast again", () => {
    const slow = reader();
    const fast = reader();
    slow.writableNeedDrain = true;
    vi.advanceTimersByTime(750);
    expect(slow.heard).toEqual(["update 1"]);
    expect(fast.heard).toHaveLength(4);
    slow.writableNeedDrain = false;
    vi.advanceTimersByTime(250);
    expect(slow.heard).toEqual(["update 1", "update 5"]);
    slow.writableNeedDrain = true;
    vi.advanceTimersByTime(750);
    expect(slow.isDestroyed).toBe(false);
  });

  it("cuts off one that has missed too many in a row", () => {
    const stuck = reader();
    reader();
    stuck.writableNeedDrain = true;
    vi.advanceTimersByTime(750);
    expect(stuck.isDestroyed).toBe(false);
    vi.advanceTimersByTime(250);
    expect(stuck.isDestroyed).toBe(true);
    expect(stream.size).toBe(1);
  });

  it("has room for so many, and for another when one has left", () => {
    const [one] = [reader(), reader(), reader()];
    expect(stream.isFull).toBe(true);
    expect(() => reader()).toThrow("there must be room");
    one.emit("close");
    expect(stream.isFull).toBe(false);
  });

  it("tells everybody for the last time, and takes nobody any more", () => {
    const one = reader();
    stream.end();
    expect(one.last).toBe("update 2");
    expect(vi.getTimerCount()).toBe(0);
    expect(stream.isFull).toBe(true);
    one.emit("close");
    stream.end();
    expect(updates).toBe(2);
  });
});
