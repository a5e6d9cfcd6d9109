import { describe, expect, test } from "vitest";
import { getDependencyReleaseLine, getReleaseLine } from "./changelog.js";

const commit = "0123456789abcdef0123456789abcdef01234567";
const link = `([0123456](https://github.com/disp-ts/disp/commit/${commit}))`;

describe("getReleaseLine", () => {
  test("is the text of the changeset, and then its commit", async () => {
    expect(await getReleaseLine({ summary: "It is faster.", commit })).toBe(`- It is faster. ${link}`);
  });

  test("keeps lists and paragraphs inside of the item", async () => {
    const summary = "First release:\n\n- a\n- b\n";
    expect(await getReleaseLine({ summary, commit })).toBe(`- First release: ${link}\n\n  - a\n  - b`);
  });

  test("does without a commit", async () => {
    expect(await getReleaseLine({ summary: "It is faster." })).toBe("- It is faster.");
  });
});

describe("getDependencyReleaseLine", () => {
  test("is one line for all packages that come along", async () => {
    const dependencies = ["retry", "sync-queue"].map((name) => ({ name: `@disp/${name}`, newVersion: "0.2.0" }));
    const logs = "https://github.com/disp-ts/disp/blob/main/packages";
    expect(await getDependencyReleaseLine([], dependencies)).toBe(
      `- Comes with [\`@disp/retry\`](${logs}/retry/CHANGELOG.md) 0.2.0, [\`@disp/sync-queue\`](${logs}/sync-queue/CHANGELOG.md) 0.2.0`,
    );
  });

  test("is nothing when none comes along", async () => {
    expect(await getDependencyReleaseLine([], [])).toBe("");
  });
});
