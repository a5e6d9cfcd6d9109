import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RateLimitExceededError } from "./errors.ts";
import { type Turns, WaitLine } from "./wait-line.ts";

/** Somebody's turn, whose time a test chooses. */
class ManualTurn {
  readonly givenBackAt: number[] = [];
  readonly told: string[] = [];
  dueAt: number;

  constructor(dueAt: number) {
    this.dueAt = dueAt;
  }
}

/** Turns that are due at the given times, one after the other. */
class ManualTurns implements Turns<ManualTurn> {
  readonly all: ManualTurn[] = [];
  /** How often a time was asked for. */
  looks = 0;
  readonly #dueAt: readonly number[];

  constructor(dueAt: readonly number[]) {
    this.#dueAt = dueAt;
  }

  claim(): ManualTurn | undefined {
    const turn = new ManualTurn(this.#dueAt[this.all.length] as number);
    this.all.push(turn);
    return turn;
  }

  hold(turn: ManualTurn): void {
    turn.told.push("hold");
  }

  delayMs(turn: ManualTurn, now: number): number {
    this.looks += 1;
    return Math.max(0, turn.dueAt - now);
  }

  giveBack(turn: ManualTurn, now: number): void {
    turn.givenBackAt.push(now);
  }

  act(turn: ManualTurn, now: number): void {
    turn.told.push(`act at ${now}`);
  }
}

function lineOf(...dueAt: number[]) {
  const turns = new ManualTurns(dueAt);
  const line = new WaitLine(turns);
  const move = (index: number, to: number) => {
    (turns.all[index] as ManualTurn).dueAt = to;
    line.reviewSoon();
  };
  return { line, turns: turns.all, asked: turns, move };
}

/** What became of a promise, and when. */
function follow(promise: Promise<void>): { at?: number; error?: unknown } {
  const followed: { at?: number; error?: unknown } = {};
  promise.then(
    () => (followed.at = performance.now()),
    (error: unknown) => Object.assign(followed, { at: performance.now(), error }),
  );
  return followed;
}

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

describe("the wait line", () => {
  it("lets each go at its time, with a single timer for all", async () => {
    const { line } = lineOf(10, 10, 30);
    const waits = [1, 1, 1].map((n) => follow(line.wait(n)));
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(30);
    expect(waits).toEqual([{ at: 10 }, { at: 10 }, { at: 30 }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("holds its turns, and says of each when it acts", async () => {
    const { line, turns } = lineOf(10, 30);
    const waits = [line.wait(1), line.wait(1)];
    await vi.advanceTimersByTimeAsync(30);
    await Promise.all(waits);
    expect(turns.map(({ told }) => told)).toEqual([
      ["hold", "act at 10"],
      ["hold", "act at 30"],
    ]);
  });

  it("keeps nobody waiting, and sets no timer, whose time has come", async () => {
    const { line, turns } = lineOf(0);
    await line.wait(1);
    expect([vi.getTimerCount(), turns[0]?.givenBackAt]).toEqual([0, []]);
  });

  it.each([
    [51, 51],
    [Infinity, Infinity],
  ])("gives a reservation %s ms away back at once when only 50 are allowed", async (dueAt, waitMs) => {
    const { line, turns } = lineOf(dueAt, 50);
    await expect(line.wait(2, { maxWaitMs: 50 })).rejects.toMatchObject({
      name: "RateLimitExceededError",
      n: 2,
      waitMs,
    });
    expect(turns[0]?.givenBackAt).toEqual([0]);
    const patient = follow(line.wait(1, { maxWaitMs: 50 }));
    await vi.advanceTimersByTimeAsync(50);
    expect(patient).toEqual({ at: 50 });
  });

  it("gives up a reservation that never comes though any wait is allowed", async () => {
    const { line, turns } = lineOf(Infinity);
    await expect(line.wait(1)).rejects.toBeInstanceOf(RateLimitExceededError);
    expect([turns[0]?.givenBackAt, vi.getTimerCount()]).toEqual([[0], 0]);
  });
});

describe("a long line", () => {
  /** A line of so many, due ten milliseconds after each other. */
  const longLine = (length: number) => {
    const start = performance.now();
    const { line, asked, turns } = lineOf(...Array.from({ length }, (_, index) => start + 10 * (index + 1)));
    const [some, others] = [new AbortController(), new AbortController()];
    const waits = Array.from({ length }, (_, index) => {
      const { signal } = index % 2 === 0 ? some : others;
      return follow(line.wait(1, { signal }));
    });
    return { line, asked, turns, some, others, waits };
  };

  it("is joined, left and served without a look at everybody in it", async () => {
    const looksFor = async (length: number) => {
      const { line, asked, some, others } = longLine(length);
      some.abort();
      await vi.advanceTimersByTimeAsync(100);
      line.reviewSoon();
      await vi.advanceTimersByTimeAsync(0);
      const { looks } = asked;
      others.abort();
      return looks;
    };
    expect(await looksFor(1_000)).toBe(await looksFor(100));
  });

  it("is looked through when a time may never come any more", async () => {
    const { line, turns, waits, some, others } = longLine(4);
    (turns[2] as ManualTurn).dueAt = Infinity;
    line.reviewAllSoon();
    await vi.advanceTimersByTimeAsync(0);
    expect(waits.map(({ error }) => error)).toEqual([
      undefined,
      undefined,
      expect.any(RateLimitExceededError),
      undefined,
    ]);
    some.abort();
    others.abort();
  });

  it("does not stop at one whose time will never come", async () => {
    const { turns, waits } = longLine(3);
    await vi.advanceTimersByTimeAsync(5);
    (turns[1] as ManualTurn).dueAt = Infinity;
    await vi.advanceTimersByTimeAsync(25);
    expect(waits).toEqual([{ at: 10 }, { at: 10, error: expect.any(RateLimitExceededError) as unknown }, { at: 30 }]);
  });

  it("keeps its order: who comes while others are late is not let in before them", async () => {
    const { line, turns } = lineOf(10, 10);
    const order: string[] = [];
    void line.wait(1).then(() => order.push("first"));
    (turns[0] as ManualTurn).dueAt = 0;
    vi.setSystemTime(20);
    void line.wait(1, { maxWaitMs: 50 }).then(() => order.push("second"));
    await vi.advanceTimersByTimeAsync(50);
    expect(order).toEqual(["first", "second"]);
  });

  it("is left in any order, and serves those who stay", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(9)), async (leaving) => {
        const start = performance.now();
        const { line } = lineOf(...Array.from({ length: 10 }, (_, index) => start + 10 * (index + 1)));
        const controllers = Array.from({ length: 10 }, () => new AbortController());
        const waits = controllers.map(({ signal }) => follow(line.wait(1, { signal })));
        for (const index of leaving) controllers[index]?.abort("left");
        await vi.advanceTimersByTimeAsync(100);
        expect(waits).toEqual(
          waits.map((_, index) =>
            leaving.includes(index) ? { at: start, error: "left" } : { at: start + 10 * (index + 1) },
          ),
        );
        expect(vi.getTimerCount()).toBe(0);
      }),
    );
  });
});

describe("an abort", () => {
  it("gives the reservation back, and leaves the others in line", async () => {
    const { line, turns } = lineOf(10, 20);
    const controller = new AbortController();
    const aborted = follow(line.wait(1, { signal: controller.signal }));
    const other = follow(line.wait(1));
    await vi.advanceTimersByTimeAsync(5);
    controller.abort("no more");
    await vi.advanceTimersByTimeAsync(15);
    expect([aborted, other]).toEqual([{ at: 5, error: "no more" }, { at: 20 }]);
    expect(turns.map(({ givenBackAt }) => givenBackAt)).toEqual([[5], []]);
  });

  it("leaves no timer when nobody else waits", async () => {
    const { line } = lineOf(10);
    const controller = new AbortController();
    const aborted = follow(line.wait(1, { signal: controller.signal }));
    controller.abort("no more");
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(0);
    expect(aborted.error).toBe("no more");
  });

  it("that came before asks for nothing", async () => {
    const { line, turns } = lineOf(0);
    await expect(line.wait(1, { signal: AbortSignal.abort("too late") })).rejects.toBe("too late");
    expect(turns).toEqual([]);
  });

  it("that comes after changes nothing", async () => {
    const { line, turns } = lineOf(10);
    const controller = new AbortController();
    const done = line.wait(1, { signal: controller.signal });
    await vi.advanceTimersByTimeAsync(10);
    controller.abort();
    await done;
    expect(turns[0]?.givenBackAt).toEqual([]);
  });
});

describe("a reservation that is moved", () => {
  it("moves the timer along", async () => {
    const { line, move } = lineOf(10, 40);
    const [first, second] = [follow(line.wait(1)), follow(line.wait(1))];
    move(0, 5);
    move(1, 25);
    await vi.advanceTimersByTimeAsync(40);
    expect([first, second]).toEqual([{ at: 5 }, { at: 25 }]);
  });

  it("is given back when it comes too late now, be it by a millisecond", async () => {
    const { line, turns, move } = lineOf(10, 10);
    const [late, inTime] = [follow(line.wait(1, { maxWaitMs: 50 })), follow(line.wait(1, { maxWaitMs: 50 }))];
    await vi.advanceTimersByTimeAsync(5);
    move(1, 50);
    move(0, 51);
    await vi.advanceTimersByTimeAsync(45);
    expect(late).toEqual({ at: 5, error: expect.any(RateLimitExceededError) as unknown });
    expect(inTime).toEqual({ at: 50 });
    expect(turns.map(({ givenBackAt }) => givenBackAt)).toEqual([[5], []]);
  });
});

describe("bad values", () => {
  it("reject, and reserve nothing", async () => {
    const { line, turns } = lineOf();
    await expect(line.wait(1, { maxWaitMs: -1 })).rejects.toThrow("Cannot wait: maxWaitMs must be a number >= 0");
    await expect(line.wait(1, { signal: {} as never })).rejects.toThrow("Cannot wait: signal must be");
    expect(turns).toEqual([]);
  });

  it("of which the limiter complains reject, too", async () => {
    const { line, asked } = lineOf(0);
    asked.claim = () => {
      throw new RangeError("broken");
    };
    await expect(line.wait(1)).rejects.toEqual(new RangeError("broken"));
  });
});
