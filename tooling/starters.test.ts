import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { fixture } from "./fixture.ts";
import { starterProblems } from "./starters.ts";
import { readPackages } from "./workspace.ts";

/** What is wrong with the programs of a README, without the paths. */
async function whats(readme: string): Promise<string[]> {
  const root = fixture({ "packages/x/package.json": { name: "@disp/x" }, "packages/x/README.md": readme });
  return (await starterProblems(join(root, "packages/x"), readPackages(root))).map(({ what }) => what);
}

function readmeWith(code: string, prints: string): string {
  return `# x\n\n## A whole program\n\n\`\`\`ts\n${code}\n\`\`\`\n\nIt prints:\n\n\`\`\`text\n${prints}\n\`\`\`\n`;
}

describe("starterProblems", () => {
  beforeEach(() => void vi.stubEnv("PATH", ""));
  afterEach(() => void vi.unstubAllEnvs());

  test("is content with a program that prints what it says", async () => {
    expect(await whats(readmeWith('console.log("a");', "a"))).toEqual([]);
  });

  test("says what a program prints instead", async () => {
    expect(await whats(readmeWith('console.log("b");', "a"))).toEqual(['it prints "b\\n"']);
  });

  test("says why a program fails", async () => {
    expect(await whats(readmeWith('import "@disp/none";', ""))).toEqual([
      expect.stringContaining("Cannot find package '@disp/none'"),
    ]);
  });

  test("asks for a program where there is none", async () => {
    expect(await whats("# x\n")).toEqual(["it has no program to paste and run"]);
  });

  test("gives a program the server that is there", async () => {
    vi.stubEnv("REDIS_URL", "redis://given");
    expect(await whats(readmeWith("console.log(process.env.REDIS_URL);", "redis://given"))).toEqual([]);
  });

  test("says that a program was not run for want of a server, loudly, and in CI as an error", async () => {
    vi.stubEnv("REDIS_URL", undefined);
    vi.stubEnv("CI", undefined);
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    expect(await whats(readmeWith("process.env.REDIS_URL;", ""))).toEqual([]);
    expect(warn.mock.calls).toEqual([["packages/x/README.md:5: it was not run, for redis-server is not installed."]]);
    vi.stubEnv("CI", "true");
    expect(await whats(readmeWith("process.env.REDIS_URL;", ""))).toHaveLength(1);
  });
});
