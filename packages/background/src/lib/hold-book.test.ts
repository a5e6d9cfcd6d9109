import { describe, expect, it } from "vitest";
import { HoldBook, type Place } from "./hold-book.ts";

const take = (book: HoldBook, key: string, ms: number, now: number) => book.take(key, ms, now) as Place;

describe("HoldBook", () => {
  it("gives a key once, and again at the very time when it ends", () => {
    const book = new HoldBook();
    expect(book.take("a", 10, 0)).toBeDefined();
    expect([book.take("a", 10, 9.999), book.isHeld("a", 9.999)]).toEqual([undefined, true]);
    expect(book.isHeld("a", 10)).toBe(false);
    expect(book.take("a", 10, 10)).toBeDefined();
  });

  it("holds a key for no time if told so", () => {
    const book = new HoldBook();
    const place = take(book, "a", 0, 5);
    expect([book.isHeld("a", 5), book.renew(place, 1, 5)]).toEqual([false, false]);
  });

  it("renews and releases only what has not ended", () => {
    const book = new HoldBook();
    const place = take(book, "a", 10, 0);
    expect(book.renew(place, 10, 9)).toBe(true);
    expect(book.renew(place, 10, 19)).toBe(false);
    book.release(place, 100, 19);
    expect(book.isHeld("a", 20)).toBe(false);
  });

  it("knows owners by their place, not by their key", () => {
    const book = new HoldBook();
    const early = take(book, "a", 10, 0);
    const late = take(book, "a", 10, 10);
    book.free(early);
    book.release(early, 0, 11);
    expect([book.renew(early, 50, 11), book.isHeld("a", 11)]).toEqual([false, true]);
    book.free(late);
    book.free(late);
    expect(book.isHeld("a", 11)).toBe(false);
  });

  it("knows owners by their place, wherever its hand stands", () => {
    for (let others = 0; others < 20; others += 1) {
      const book = new HoldBook();
      for (let index = 0; index < others; index += 1) book.take(`other ${index}`, 1_000, 0);
      const early = take(book, "a", 10, 0);
      const late = take(book, "a", 10, 10);
      book.free(early);
      expect([book.isHeld("a", 11), book.renew(early, 10, 11), book.renew(late, 10, 11)]).toEqual([true, false, true]);
    }
  });

  it("ends the ownership with the first release, and keeps the key", () => {
    const book = new HoldBook();
    const place = take(book, "a", 10, 0);
    book.release(place, 5, 1);
    book.free(place);
    book.release(place, 50, 2);
    expect([book.isHeld("a", 5.9), book.isHeld("a", 6)]).toEqual([true, false]);
  });

  it("forgets everything with a bump, and everybody who owned something", () => {
    const book = new HoldBook();
    const before = take(book, "a", 10, 0);
    expect(book.bump()).toBe(1);
    const after = take(book, "a", 10, 1);
    book.free(before);
    expect([book.renew(before, 10, 1), book.renew(after, 10, 1)]).toEqual([false, true]);
    expect([book.bump(), book.size]).toEqual([2, 0]);
  });

  it("forgets a hundred thousand ended keys within as many takings, wherever its hand stands", () => {
    const book = new HoldBook();
    const many = 100_000;
    for (let index = 0; index < many; index += 1) book.take(`old ${index}`, 10, 0);
    expect(book.size).toBe(many);
    for (let index = 0; index < many; index += 1) book.take(`new ${index}`, 10, 1_000);
    expect(book.size).toBe(many);
    for (let index = 0; index < many; index += 1) book.take("one", 0, 2_000);
    expect(book.size).toBe(1);
  });

  it("keeps no more than a few times the keys that are held at a time, however many there ever were", () => {
    const book = new HoldBook();
    let most = 0;
    for (let now = 0; now < 200_000; now += 1) {
      book.take(`key ${now}`, 1_000, now);
      most = Math.max(most, book.size);
    }
    expect(most).toBeLessThanOrEqual(2_500);
  });

  it("does not touch what is held while its hand goes round", () => {
    const book = new HoldBook();
    const place = take(book, "kept", 1_000_000, 0);
    for (let now = 0; now < 10_000; now += 1) book.take(`key ${now % 7}`, 1, now);
    expect(book.renew(place, 1, 10_000)).toBe(true);
  });
});
