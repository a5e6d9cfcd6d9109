import { expect, it } from "vitest";
import { type Row, runStudy, type Study } from "./study.ts";

const STAGE = { isSmoke: true, load: () => Promise.resolve(undefined) };

function studyOf(...rows: Row[]): Study {
  return { name: "n", about: "a", columns: ["one", "two"], run: () => Promise.resolve(rows) };
}

it("ends in a table", async () => {
  const row: Row = { name: "r", kind: "ours", cells: [1, "x"] };
  const texts = { name: "n", about: "a", columns: ["one", "two"] };
  await expect(runStudy(studyOf(row), STAGE)).resolves.toEqual({ ...texts, rows: [row], failed: undefined });
});

it("says what went wrong in place of rejecting", async () => {
  const broken = { ...studyOf(), run: () => Promise.reject(new Error("an item is lost")) };
  await expect(runStudy(broken, STAGE)).resolves.toMatchObject({ rows: [], failed: "an item is lost" });
});

it("takes rows for wrong that do not fit the columns", async () => {
  const { failed } = await runStudy(studyOf({ name: "r", kind: "ours", cells: [1] }), STAGE);
  expect(failed).toBe('Wrong result: "r" needs 2 cells');
});
