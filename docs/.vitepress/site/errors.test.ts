import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { filesIn, isSource, readPackages, ROOT } from "../../../tooling/workspace.ts";

it("each code of an error stands in docs/errors.md, with the name of its class, and no other", () => {
  const sources = readPackages(ROOT).flatMap(({ folder }) =>
    filesIn(join(folder, "src"))
      .filter(isSource)
      .map((file) => readFileSync(join(folder, "src", file), "utf8")),
  );
  const classes = sources.flatMap((text) => [
    ...text.matchAll(/^export class (\w+)(?:(?!^export class)[^])*?readonly code = "(DISP_\w+)"/gm),
  ]);
  const page = readFileSync(join(ROOT, "docs/errors.md"), "utf8");
  const rows = [...page.matchAll(/^\| `(DISP_\w+)`<br>`(\w+)`/gm)].map(([, code, name]) => `${code} ${name}`);
  expect(classes.length).toBeGreaterThan(20);
  expect(rows.sort()).toEqual(classes.map(([, name, code]) => `${code} ${name}`).sort());
});
