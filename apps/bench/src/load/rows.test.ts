import { expect, it } from "vitest";
import { type Participant, rowOf } from "./rows.ts";

const STAGE = { isSmoke: true, load: (from: string) => Promise.resolve(from === "there" ? { value: 1 } : undefined) };
const THERE: Participant<number> = {
  name: "p",
  kind: "peer",
  from: "there",
  open: (module: { value: number }) => module.value,
};

function fail(): Promise<never> {
  return Promise.reject(new Error("broken"));
}

it("has the cells that were measured, with what the package exports", async () => {
  const row = await rowOf(THERE, STAGE, { width: 2 }, (value) => Promise.resolve([value, "x"]));
  expect(row).toEqual({ name: "p", kind: "peer", cells: [1, "x"] });
});

it("says that a peer is not there, or that it fails", async () => {
  const { cells } = await rowOf({ ...THERE, from: "elsewhere" }, STAGE, { width: 2 }, fail);
  expect(cells).toEqual(["not installed", ""]);
  await expect(rowOf(THERE, STAGE, { width: 3 }, fail)).resolves.toMatchObject({ cells: ["FAILS: broken", "", ""] });
});

it("begins with what is known beforehand, whatever happens", async () => {
  const frame = { lead: ["50 %"], width: 3 };
  await expect(rowOf(THERE, STAGE, frame, () => Promise.resolve([1, 2]))).resolves.toMatchObject({
    cells: ["50 %", 1, 2],
  });
  await expect(rowOf(THERE, STAGE, frame, fail)).resolves.toMatchObject({ cells: ["50 %", "FAILS: broken", ""] });
});

it("says so as well when a peer cannot even be set up", async () => {
  const row = await rowOf({ ...THERE, open: () => expect.fail("no such export") }, STAGE, { width: 1 }, fail);
  expect(row.cells).toEqual(["FAILS: no such export"]);
});

it("passes on what goes wrong with ours", async () => {
  await expect(rowOf({ name: "o", kind: "ours", open: () => 0 }, STAGE, { width: 1 }, fail)).rejects.toThrow("broken");
});
