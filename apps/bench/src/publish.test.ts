import { describe, expect, it } from "vitest";
import { DOCUMENTS, merge, published, readDocument } from "./publish.ts";
import type { GroupResult, Results } from "./results.ts";

const MACHINE: Results["machine"] = {
  cpu: "a cpu",
  cores: 2,
  memoryGb: 8,
  platform: "linux x64",
  node: "v20.20.2",
  v8: "11",
  load: 1,
  peers: {},
};
const EMPTY: GroupResult = { cases: [], studies: [] };

describe("published figures", () => {
  it("are replaced group by group", () => {
    const newer = { ...EMPTY };
    const old: Results = { machine: MACHINE, groups: { queue: EMPTY, pool: EMPTY } };
    const machine = { ...MACHINE, load: 3 };
    const merged = merge(old, { machine, groups: { pool: newer } });
    expect(merged).toEqual({ machine, groups: { queue: EMPTY, pool: EMPTY } });
    expect(merged.groups.pool).toBe(newer);
  });

  it("are not mixed with those of another machine", () => {
    const old: Results = { machine: { ...MACHINE, node: "v24.1.0" }, groups: {} };
    expect(() => merge(old, { machine: MACHINE, groups: {} })).toThrow(
      "the groups must be measured on one machine, got node v20.20.2 beside v24.1.0",
    );
  });
});

it.each(DOCUMENTS)("$path tells the published figures, and no others", async (document) => {
  const text = await readDocument(document);
  const results = await published();
  expect(results).toBeDefined();
  if (results !== undefined) expect(document.render(text, results)).toBe(text);
});
