import { expect, it } from "vitest";
import { Claim, ClaimLine } from "./claim.ts";

function lineOf(count: number): { line: ClaimLine; claims: Claim[] } {
  const line = new ClaimLine();
  const claims = Array.from({ length: count }, () => new Claim(1, 0));
  for (const claim of claims) line.add(claim);
  return { line, claims };
}

function ticketsOf(line: ClaimLine): number[] {
  const tickets: number[] = [];
  for (let claim = line.first; claim !== undefined; claim = claim.next) tickets.push(claim.ticket);
  return tickets;
}

it("keeps claims in the order in which they came, whoever leaves", () => {
  const { line, claims } = lineOf(5);
  for (const index of [2, 0, 4]) line.remove(claims[index] as Claim);
  expect(ticketsOf(line)).toEqual([1, 3]);
  expect([line.first, line.last]).toEqual([claims[1], claims[3]]);
  for (const index of [1, 3]) line.remove(claims[index] as Claim);
  expect([line.first, line.last]).toEqual([undefined, undefined]);
});

it("lets who has left keep nobody alive", () => {
  const { line, claims } = lineOf(3);
  line.remove(claims[1] as Claim);
  expect([claims[1]?.previous, claims[1]?.next]).toEqual([undefined, undefined]);
});

it("knows who is placed: all ahead of the first that is not", () => {
  const { line, claims } = lineOf(4);
  expect(line.unplaced).toBe(claims[0]);
  line.unplaced = undefined;
  line.unplaceFrom(claims[2] as Claim);
  expect(claims.map((claim) => line.isPlaced(claim))).toEqual([true, true, false, false]);
  line.unplaceFrom(claims[3] as Claim);
  expect(line.unplaced).toBe(claims[2]);
  line.unplaceFrom(claims[1] as Claim);
  expect(line.unplaced).toBe(claims[1]);
});

it("goes on with the next when the first that is not placed leaves", () => {
  const { line, claims } = lineOf(2);
  line.remove(claims[0] as Claim);
  expect(line.unplaced).toBe(claims[1]);
  line.remove(claims[1] as Claim);
  expect(line.unplaced).toBeUndefined();
});

it("counts a listener out when it leaves", () => {
  const { line, claims } = lineOf(2);
  const [first] = claims as [Claim];
  first.onRetime = () => undefined;
  line.listeners = 1;
  line.remove(claims[1] as Claim);
  expect(line.listeners).toBe(1);
  line.remove(first);
  expect(line.listeners).toBe(0);
});
