import { expect, it } from "vitest";
import { Flight, type Payload } from "./flight.ts";

const PLAIN: Payload<number> = { pack: (item) => item, unpack: (value) => value };

it("keeps so many in flight, and ends when all have landed", async () => {
  const sent: number[] = [];
  const flight = new Flight(5, PLAIN, (value) => void sent.push(value));
  const landed = flight.start(2);
  for (let item = 0; item < 5; item++) {
    expect(sent).toHaveLength(Math.min(5, item + 2));
    flight.land(sent[item]!);
  }
  await landed;
  flight.finish(true);
});

it("finds an item that came back twice in place of another one", async () => {
  const flight = new Flight(2, PLAIN, () => undefined);
  const landed = flight.start(2);
  flight.land(0);
  flight.land(0);
  await landed;
  expect(() => flight.finish(false)).toThrow("item 0 came back 2 times");
});

it("looks at the order where there is one", async () => {
  const flight = new Flight(2, PLAIN, () => undefined);
  const landed = flight.start(2);
  flight.land(1);
  flight.land(0);
  await landed;
  flight.finish(false);
  expect(() => flight.finish(true)).toThrow("out of order");
});

it("hands on what goes wrong on the way", async () => {
  const flight = new Flight(2, PLAIN, () => undefined);
  const landed = flight.start(1);
  flight.fail(new Error("crashed"));
  await expect(landed).rejects.toThrow("crashed");
});
