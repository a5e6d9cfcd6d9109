import { expect, it } from "vitest";
import { CallOrder } from "./order.ts";

it("gives numbers, until there are none left", () => {
  const order = new CallOrder(2);
  expect([order.take(), order.isOver, order.take(), order.isOver]).toEqual([0, false, 1, true]);
});

it("gives the number of a refused call to the next", () => {
  const order = new CallOrder(3);
  order.take();
  expect(order.attempt((item) => item !== 1)).toBe(false);
  expect(order.attempt((item) => item === 1)).toBe(true);
  expect(order.take()).toBe(2);
  expect(order.attempt(() => true)).toBe(false);
});

it("finds nobody overtaken who comes out in turn", () => {
  const order = new CallOrder(4);
  order.see([0, 1]);
  order.see([2, 3]);
  expect(order.placesLost).toBe(0);
});

it("counts how many came before the one that lost most", () => {
  const order = new CallOrder(6);
  order.see([1, 2, 3, 0, 5, 4]);
  expect(order.placesLost).toBe(3);
});
