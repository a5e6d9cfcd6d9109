import { expect, it } from "vitest";
import { changeTogether, tellsLater } from "./retiming.ts";

class Counting {
  told = 0;

  tell(): void {
    this.told += 1;
  }
}

it("tells at once outside of a change", () => {
  const teller = new Counting();
  expect(tellsLater(teller)).toBe(false);
  expect(teller.told).toBe(0);
});

it("tells everybody once, when the whole change is complete", () => {
  const [one, other] = [new Counting(), new Counting()];
  changeTogether(() => {
    for (const teller of [one, other, one]) expect(tellsLater(teller)).toBe(true);
    changeTogether(() => void tellsLater(one));
    expect([one.told, other.told]).toEqual([0, 0]);
  });
  expect([one.told, other.told]).toEqual([1, 1]);
  expect(tellsLater(one)).toBe(false);
});

it("tells, and is over, also when the change throws", () => {
  const teller = new Counting();
  const change = () => {
    tellsLater(teller);
    throw new Error("half way");
  };
  expect(() => changeTogether(change)).toThrow("half way");
  expect(teller.told).toBe(1);
  expect(tellsLater(teller)).toBe(false);
});
