import { expect, it } from "vitest";
import { parseArguments, UsageError } from "./arguments.ts";
import { GROUP_NAMES } from "./groups.ts";

it("takes all groups when none is named", () => {
  expect(parseArguments([])).toEqual({ groups: GROUP_NAMES, smoke: false, help: false });
});

it("takes the groups that are named, and the check alone with --smoke", () => {
  expect(parseArguments(["handoff", "queue", "--smoke"])).toEqual({
    groups: ["handoff", "queue"],
    smoke: true,
    help: false,
  });
});

it.each([[["nothing"]], [["--fast"]]])("refuses %j", (argv) => {
  expect(() => parseArguments(argv)).toThrow(UsageError);
});
