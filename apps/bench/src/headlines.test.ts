import { expect, it } from "vitest";
import type { Case } from "./case.ts";
import { HEADLINES } from "./headlines.ts";

it.each(HEADLINES)("$job is a case of $group", async ({ group, name }) => {
  const { cases } = (await import(`./${group}/group.ts`)) as { cases: readonly Case[] };
  // Without a server, there are no cases of Redis.
  if (cases.length > 0) expect(cases.map((aCase) => aCase.name)).toContain(name);
});
