import { expect, it } from "vitest";
import { parseArguments, UsageError } from "./arguments.ts";
import { GROUP_NAMES, USUAL_GROUPS } from "./groups.ts";

it("takes all groups but the soak when none is named", () => {
  expect(parseArguments([])).toEqual({ groups: USUAL_GROUPS, smoke: false, publish: false, help: false });
  expect(GROUP_NAMES.filter((name) => !USUAL_GROUPS.includes(name))).toEqual(["soak"]);
});

it("checks every group when none is named", () => {
  expect(parseArguments(["--smoke"])).toEqual({ groups: GROUP_NAMES, smoke: true, publish: false, help: false });
});

it("takes the groups that are named, and the check alone with --smoke", () => {
  expect(parseArguments(["handoff", "queue", "--smoke"])).toEqual({
    groups: ["handoff", "queue"],
    smoke: true,
    publish: false,
    help: false,
  });
});

it.each([[["nothing"]], [["--fast"]], [["--smoke", "--publish"]]])("refuses %j", (argv) => {
  expect(() => parseArguments(argv)).toThrow(UsageError);
});
