import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BadWeatherError, FAIR, Weather } from "./weather.ts";

const INSERTED = { count: 1, airports: [] };

let begun: number;
let chance: number;
let weather: Weather;

beforeEach(() => {
  vi.useFakeTimers();
  begun = 0;
  chance = 0.5;
  weather = new Weather(() => chance);
});
afterEach(() => void vi.useRealTimers());

function insert(signal = new AbortController().signal): Promise<unknown> {
  const insertInWeather = weather.over(() => {
    begun++;
    return Promise.resolve(INSERTED);
  });
  const inserting = insertInWeather([], { signal });
  inserting.catch(() => undefined);
  return inserting;
}

describe("Weather", () => {
  it("changes nothing when it is fair", async () => {
    const inserting = insert();
    expect(begun).toBe(1);
    expect(await inserting).toBe(INSERTED);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("makes each statement so much slower", async () => {
    weather.set({ latencyMs: 100 });
    const inserting = insert();
    await vi.advanceTimersByTimeAsync(99);
    expect(begun).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(begun).toBe(1);
    expect(await inserting).toBe(INSERTED);
  });

  it("lets those go that were held back, once it is better", async () => {
    weather.set({ latencyMs: 5_000 });
    void insert();
    await vi.advanceTimersByTimeAsync(100);
    weather.set({ latencyMs: 200 });
    await vi.advanceTimersByTimeAsync(99);
    expect(begun).toBe(0);
    await vi.advanceTimersByTimeAsync(1);
    expect(begun).toBe(1);
  });

  it("holds all back while it is paused, without a timer", async () => {
    weather.set({ paused: true });
    const all = [insert(), insert()];
    await vi.advanceTimersByTimeAsync(60_000);
    expect([begun, vi.getTimerCount()]).toEqual([0, 0]);
    weather.set({ paused: false });
    await Promise.all(all);
    expect(begun).toBe(2);
  });

  it("fails so many of a hundred, with what may be tried again", async () => {
    weather.set({ failurePercent: 50 });
    chance = 0.49;
    await expect(insert()).rejects.toBeInstanceOf(BadWeatherError);
    expect(begun).toBe(0);
    chance = 0.5;
    expect(await insert()).toBe(INSERTED);
    weather.set({ failurePercent: 100 });
    chance = 0.999;
    await expect(insert()).rejects.toThrow("the weather is bad");
    weather.set(FAIR);
    chance = 0;
    expect(await insert()).toBe(INSERTED);
  });

  it("lets go of a statement that is called off, and leaves nothing behind", async () => {
    weather.set({ paused: true });
    const { signal, abort } = controller();
    const inserting = insert(signal);
    abort(new Error("too late"));
    await expect(inserting).rejects.toThrow("too late");
    weather.set({ paused: false, latencyMs: 1_000 });
    const slow = controller();
    const other = insert(slow.signal);
    slow.abort(new Error("too late again"));
    await expect(other).rejects.toThrow("too late again");
    expect([begun, vi.getTimerCount()]).toEqual([0, 0]);
  });
});

function controller(): { signal: AbortSignal; abort: (reason: Error) => void } {
  const made = new AbortController();
  return { signal: made.signal, abort: (reason) => made.abort(reason) };
}
