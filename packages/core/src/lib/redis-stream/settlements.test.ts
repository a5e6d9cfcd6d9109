import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { follow } from "../../../../../tooling/observe.ts";
import { chunks, Settlements } from "./settlements.ts";
import { StreamErrors } from "./stream-errors.ts";
import { normalize } from "./stream-options.ts";

const immediate = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets time pass until something is asked again: at most the longest pause, and less than a call may take. */
async function untilAsked(asked: readonly unknown[], count: number): Promise<void> {
  for (let ms = 0; ms < 5_000 && asked.length < count; ms += 10) {
    await vi.advanceTimersByTimeAsync(10);
    await immediate();
  }
  expect(asked).toHaveLength(count);
}

/** What is told when, with a server that answers when it is told to. */
function setUp({ timeoutMs = 1_000 } = {}) {
  const asked: { readonly args: readonly string[]; answer(): void; fail(message?: string): void }[] = [];
  const client = {
    send: (command: string, args: string[]) =>
      new Promise<unknown>((resolve, reject) => {
        const call = [command, ...args];
        asked.push({ args: call, answer: () => resolve(1), fail: (message = "closed") => reject(new Error(message)) });
      }),
  };
  const errors: unknown[] = [];
  const settled: string[] = [];
  const options = normalize({ client, stream: "s", group: "g", consumer: "c", timeoutMs });
  const settlements = new Settlements(
    options,
    new StreamErrors("s", (error) => void errors.push(error)),
    (ids) => void settled.push(...ids),
  );
  return { asked, errors, settled, settlements };
}

describe("settlements", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
  afterEach(() => void vi.useRealTimers());

  it("of one turn are told in one command, and share one answer", async () => {
    const { asked, settled, settlements } = setUp();
    const answers = ["1", "2", "3"].map((id) => settlements.acknowledge(id));
    await immediate();
    expect(asked.map(({ args }) => args)).toEqual([["XACK", "s", "g", "1", "2", "3"]]);
    expect([new Set(answers).size, settled]).toEqual([1, []]);
    asked[0]?.answer();
    expect(await Promise.all(answers)).toEqual([true, true, true]);
    expect(settled).toEqual(["1", "2", "3"]);
  });

  it("that come while others are told gather, and are told then", async () => {
    const { asked, settlements } = setUp();
    void settlements.acknowledge("1");
    await immediate();
    for (const id of ["2", "3"]) void settlements.acknowledge(id);
    await immediate();
    expect(asked).toHaveLength(1);
    asked[0]?.answer();
    await immediate();
    expect(asked[1]?.args).toEqual(["XACK", "s", "g", "2", "3"]);
    const all = follow(settlements.settled);
    asked[1]?.answer();
    await immediate();
    expect(all.state).toBe("resolved");
  });

  it("are tried again, later and later, while Redis is away", async () => {
    const { asked, errors, settlements } = setUp();
    const answer = follow(settlements.acknowledge("1"));
    await immediate();
    for (let time = 1; time <= 20; time += 1) {
      asked.at(-1)?.fail();
      await immediate();
      expect([asked.length, errors.length]).toEqual([time, time]);
      await untilAsked(asked, time + 1);
    }
    asked.at(-1)?.answer();
    await immediate();
    expect([answer.value, vi.getTimerCount()]).toEqual([true, 0]);
  });

  it("are given up when they are closed and the time of a call is over", async () => {
    const { asked, settled, settlements } = setUp();
    const answer = follow(settlements.acknowledge("1"));
    await immediate();
    for (let time = 1; time <= 10; time += 1) {
      asked.at(-1)?.fail();
      await immediate();
      await untilAsked(asked, time + 1);
    }
    asked.at(-1)?.fail();
    await immediate();
    // It pauses for seconds now, which is cut short.
    settlements.close();
    await immediate();
    expect([asked.length, answer.state]).toEqual([12, "pending"]);
    asked.at(-1)?.fail();
    await immediate();
    expect([answer.value, settled, vi.getTimerCount()]).toEqual([false, ["1"], 0]);
  });

  it("that come after closing get the time of a call, too, and all the time when it is opened again", async () => {
    const { asked, settlements } = setUp({ timeoutMs: 200 });
    settlements.close();
    await vi.advanceTimersByTimeAsync(10_000);
    const late = follow(settlements.acknowledge("1"));
    await immediate();
    asked.at(-1)?.fail();
    await immediate();
    await untilAsked(asked, 2);
    asked.at(-1)?.answer();
    await immediate();
    expect(late.value).toBe(true);

    settlements.open();
    const later = follow(settlements.acknowledge("2"));
    await immediate();
    asked.at(-1)?.fail();
    await immediate();
    await untilAsked(asked, 4);
    asked.at(-1)?.answer();
    await immediate();
    expect(later.value).toBe(true);
  });

  it("that Redis refuses are given up, and hold up nobody", async () => {
    const { asked, errors, settled, settlements } = setUp();
    const [first, second] = [settlements.acknowledge("1"), settlements.release("2", 0)];
    await immediate();
    asked[0]?.fail("NOPERM this user has no permissions");
    expect([await first, await second, errors.length, settled]).toEqual([false, false, 1, ["1", "2"]]);
    const next = settlements.acknowledge("3");
    await immediate();
    asked[1]?.answer();
    expect(await next).toBe(true);
  });

  it("are nothing to wait for when there are none", async () => {
    await setUp().settlements.settled;
  });
});

describe("chunks", () => {
  it("hold so many each, the last one what is left", () => {
    expect(chunks(["a", "b", "c"], 2)).toEqual([["a", "b"], ["c"]]);
    expect(chunks([], 2)).toEqual([]);
  });
});
