import { expect, it } from "vitest";
import { Books } from "./books.ts";

it("knows what is out, and what has ended", () => {
  const books = new Books();
  const items = [books.issue(), books.issue(), books.issue()];
  expect(items).toEqual([0, 1, 2]);
  books.settle(1);
  expect([books.out, books.ended, books.twice]).toEqual([2, 1, 0]);
});

it("sees what comes back twice, or was never given out", () => {
  const books = new Books();
  books.settle(books.issue());
  books.settle(0);
  books.settle(7);
  expect([books.out, books.twice]).toEqual([0, 2]);
});

it("sees what does not come back while thousands do", () => {
  const books = new Books();
  const lost = books.issue();
  for (let i = 0; i < 40_000; i++) books.settle(books.issue());
  expect([lost, books.overdue, books.out]).toEqual([0, 1, 1]);
});

it("takes back what is to be tried again", () => {
  const books = new Books();
  const item = books.issue();
  books.settle(item);
  books.reopen(item);
  books.reopen(item);
  expect(books.out).toBe(1);
  books.settle(item);
  expect([books.out, books.twice]).toEqual([0, 0]);
});
