import { beforeAll, describe, expect, it } from "vitest";
import type { Case } from "../src/case.ts";
import { GROUP_NAMES } from "../src/groups.ts";
import { bundleThreads } from "../src/prepare.ts";
import { allocate, check, time, weigh } from "../src/rounds.ts";
import { checkCase } from "../src/runner.ts";
import { runStudy, type Study } from "../src/study.ts";

// What `bench --smoke` does with built code and peers, here from source and with ours and the floors alone.

beforeAll(bundleThreads);

interface Group {
  readonly cases?: readonly Case[];
  readonly studies?: readonly Study[];
}

function absent(): Promise<undefined> {
  return Promise.resolve(undefined);
}

describe.each(GROUP_NAMES)("the group %s", async (group) => {
  const { cases = [], studies = [] } = (await import(`../src/${group}/group.ts`)) as Group;

  it.each(cases)("computes what it should: $name", async (aCase) => {
    const { contenders } = await checkCase(aCase, { check, time, allocate, weigh, load: absent });
    const wrong = contenders.filter(({ state }) => state !== "right" && state !== "absent");
    expect(wrong).toEqual([]);
    expect(contenders.filter(({ kind }) => kind === "ours").map(({ state }) => state)).toContain("right");
    expect(contenders.filter(({ kind }) => kind === "floor").map(({ state }) => state)).toEqual(["right"]);
  });

  it.each(cases)("computes it in timed rounds and on the scales, too: $name", async (aCase) => {
    for (const contender of aCase.contenders) {
      if (contender.from !== undefined) continue;
      const play = contender.open(undefined);
      await expect(time(play, aCase.checkCount)).resolves.toHaveProperty("ns");
      await expect(allocate(play, aCase.checkCount)).resolves.toBeTypeOf("number");
      await expect(weigh(play, aCase.checkCount)).resolves.toHaveProperty("waiting");
      await play.close?.();
    }
  });

  it.each(studies)("finds nothing wrong: $name", { timeout: 0 }, async (study) => {
    const { rows, failed } = await runStudy(study, { isSmoke: true, load: absent });
    expect(failed).toBeUndefined();
    expect(rows.map(({ kind }) => kind)).toContain("ours");
  });

  it("names everything once, and compares only with what it has", () => {
    const names = [...cases, ...studies].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { goal, contenders } of cases) {
      expect([undefined, ...names]).toContain(goal.like);
      expect([undefined, ...contenders.map(({ name }) => name)]).toContain(goal.ahead?.of);
    }
  });
});
