import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Load, MOST_EVENTS, PRODUCERS } from "./load.ts";

/** A door that answers when it is told to. */
class Door {
  readonly bodies: string[] = [];
  readonly #answers: (() => void)[] = [];
  isOpen = true;

  readonly post = (lines: string): Promise<void> => {
    this.bodies.push(lines);
    return this.isOpen ? Promise.resolve() : new Promise((resolve) => void this.#answers.push(resolve));
  };

  open(): void {
    this.isOpen = true;
    for (const answer of this.#answers.splice(0)) answer();
  }

  get ids(): string[] {
    const lines = this.bodies.flatMap((body) => body.split("\n").slice(0, -1));
    return lines.map((line) => (JSON.parse(line) as { id: string }).id);
  }
}

let door: Door;
let load: Load;

beforeEach(() => {
  vi.useFakeTimers();
  door = new Door();
  load = new Load({ post: door.post, run: "run" });
});
afterEach(() => void vi.useRealTimers());

describe("Load", () => {
  it("sends nothing, and has no timer, before it is told to", () => {
    expect(vi.getTimerCount()).toBe(0);
    expect(load.stats()).toEqual({ sent: 0, unanswered: 0, producers: PRODUCERS, heldBack: 0, ended: null });
  });

  it.each([
    [10, 10, 100],
    [7, 10, 70],
    [1_234, 3, 3_702],
    [20_000, 2, 40_000],
  ])(
    "sends %i events a second for %i seconds: %i in all, each with an id of its own",
    async (rate, seconds, events) => {
      load.set(rate);
      await vi.advanceTimersByTimeAsync(seconds * 1_000);
      expect(load.stats()).toMatchObject({ sent: events, unanswered: 0, heldBack: 0 });
      expect(new Set(door.ids).size).toBe(events);
    },
  );

  it("goes on at another rate from now on, and ends at 0 without a timer", async () => {
    load.set(100);
    await vi.advanceTimersByTimeAsync(1_000);
    load.set(1_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(load.stats().sent).toBe(1_100);
    load.set(0);
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(load.stats().sent).toBe(1_100);
  });

  it("holds events back while all producers wait for answers, and goes on after", async () => {
    door.isOpen = false;
    load.set(1_000);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(load.stats()).toMatchObject({ sent: 100 * PRODUCERS, unanswered: PRODUCERS });
    expect(load.stats().heldBack).toBe(5_000 - 100 * PRODUCERS);
    expect(door.bodies).toHaveLength(PRODUCERS);
    door.open();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(load.stats()).toMatchObject({ sent: 100 * PRODUCERS + 1_000, unanswered: 0 });
  });

  it("makes up for a stall of a second, and no more", async () => {
    load.set(1_000);
    const now = vi.spyOn(performance, "now").mockReturnValue(performance.now() + 60_000);
    vi.advanceTimersToNextTimer();
    expect(load.stats().sent).toBe(1_000);
    now.mockRestore();
  });

  it("sends a poison event among good ones, once", () => {
    expect(load.poison()).toBe(true);
    expect(door.bodies).toHaveLength(1);
    expect(door.bodies[0]?.match(/\\u0000/g)).toHaveLength(1);
    expect(door.ids).toHaveLength(64);
  });

  it("has nobody to send a poison event while all producers wait", async () => {
    door.isOpen = false;
    for (let n = 0; n < PRODUCERS; n++) expect(load.poison()).toBe(true);
    expect(load.poison()).toBe(false);
    expect(door.bodies).toHaveLength(PRODUCERS);
  });

  it("ends by itself after a million events, and begins again when it is told to", async () => {
    load.set(20_000);
    // 50 seconds make a million.
    await vi.advanceTimersByTimeAsync(60_000);
    expect(load.stats().sent).toBe(MOST_EVENTS);
    expect(load.ratePerSecond).toBe(0);
    expect(load.stats().ended).toBe("all-sent");
    expect(vi.getTimerCount()).toBe(0);
    load.set(10);
    expect(load.stats().ended).toBeNull();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(load.stats().sent).toBe(MOST_EVENTS + 10);
  }, 30_000);

  it("is ended because nobody looks, and says so until the next order", async () => {
    load.set(100);
    load.end("unwatched");
    await vi.advanceTimersByTimeAsync(1_000);
    expect(load.stats()).toMatchObject({ sent: 0, ended: "unwatched" });
    load.set(0);
    load.end("unwatched");
    expect(load.stats().ended).toBeNull();
  });

  it("sends nothing any more once it was stopped", async () => {
    load.set(100);
    load.stop();
    load.set(100);
    expect(load.poison()).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
    expect(load.ratePerSecond).toBe(0);
  });
});
