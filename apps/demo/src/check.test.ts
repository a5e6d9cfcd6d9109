import { describe, expect, it } from "vitest";
import { airportDelays } from "./airport-delays.ts";
import { differences, expectationOf } from "./check.ts";
import { fieldCounts } from "./field-counts.ts";
import type { Question } from "./question.ts";
import type { Source } from "./source.ts";

function sourceOf(question: Question, events: readonly unknown[]): Source {
  return {
    title: "test",
    total: events.length,
    question,
    async *events() {
      for (const [index, event] of events.entries()) yield { at: index + 1, bytes: Buffer.from(JSON.stringify(event)) };
    },
  };
}

describe("expectationOf", () => {
  it("adds up the delays of each airport, the worst first", async () => {
    const flights = [
      { origin: "B", delay: 5 },
      { origin: "A", delay: 2 },
      { origin: "A", delay: 3 },
      { origin: "C", delay: -1 },
    ];
    expect(await expectationOf(sourceOf(airportDelays, flights))).toEqual({
      events: 4,
      rows: [
        { airport: "A", flights: 2, minutes: 5 },
        { airport: "B", flights: 1, minutes: 5 },
        { airport: "C", flights: 1, minutes: -1 },
      ],
    });
  });

  it("counts an id once, as the table does", async () => {
    const events = [{ id: 1, a: 1 }, { id: "1", a: 1 }, { id: 1, a: 1 }, { a: 1 }, { a: 1 }];
    const { events: count } = await expectationOf(sourceOf(fieldCounts, events.slice(2)));
    expect(count).toBe(3);
  });

  it("foretells no rows when one id has several contents", async () => {
    const events = [
      { id: "1", a: 1 },
      { id: "1", b: 1 },
    ];
    expect(await expectationOf(sourceOf(fieldCounts, events))).toEqual({ events: 1, rows: undefined });
  });
});

describe("differences", () => {
  const rows = [
    { airport: "A", minutes: 5 },
    { airport: "B", minutes: 4 },
  ];

  it("finds none in equal answers, in whatever order the columns come", () => {
    const found = rows.map(({ airport, minutes }) => ({ minutes, airport }));
    expect(differences({ events: 9, rows }, { events: 9, rows: found })).toEqual([]);
  });

  it("shows a wrong count, a wrong row and a missing row", () => {
    expect(differences({ events: 9, rows }, { events: 8, rows: [{ airport: "A", minutes: 6 }] })).toEqual([
      "events: 9 in the file, 8 stored",
      'row 1: [["airport","A"],["minutes",5]] from the file, [["airport","A"],["minutes",6]] from the database',
      'row 2: [["airport","B"],["minutes",4]] from the file, nothing from the database',
    ]);
  });

  it("compares the count alone when no rows were foretold", () => {
    expect(differences({ events: 1, rows: undefined }, { events: 1, rows })).toEqual([]);
  });
});
