import { describe, expect, test } from "vitest";
import { startersOf } from "./starter.ts";

const program = (code: string, prints: string): string =>
  `\`\`\`ts\n${code}\n\`\`\`\n\nIt prints:\n\n\`\`\`text\n${prints}\n\`\`\`\n`;

describe("startersOf", () => {
  test("finds the programs of the section with what they print, and nothing outside of it", () => {
    const readme = [
      "# x\n",
      program("before();", "no"),
      "## A whole program\n",
      program("one();\ntwo();", "1\n2"),
      "And another:\n",
      program("three();", "3"),
      "## Options\n",
      program("after();", "no"),
    ].join("\n");
    expect(startersOf("packages/x/README.md", readme)).toEqual([
      { path: "packages/x/README.md:15", code: "one();\ntwo();\n", prints: "1\n2\n" },
      { path: "packages/x/README.md:29", code: "three();\n", prints: "3\n" },
    ]);
  });

  test("finds nothing in a README without the section", () => {
    expect(startersOf("packages/x/README.md", `# x\n\n${program("one();", "1")}`)).toEqual([]);
  });

  test("leaves out a program that does not say what it prints", () => {
    expect(startersOf("packages/x/README.md", "# x\n\n## A whole program\n\n```ts\none();\n```\n")).toEqual([]);
  });
});
