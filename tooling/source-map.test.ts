import { SourceMap } from "node:module";
import { describe, expect, test } from "vitest";
import { sourceMapComment } from "./source-map.ts";

function decode(comment: string): SourceMap {
  const json = Buffer.from(comment.slice(comment.indexOf(",") + 1), "base64").toString();
  return new SourceMap(JSON.parse(json) as ConstructorParameters<typeof SourceMap>[0]);
}

describe("the source map", () => {
  test("leads every line to its origin, forwards and backwards", () => {
    const lines = [1000, 3, 0, 4, 5, 700, 2];
    const map = decode(sourceMapComment("../README.md", lines));
    for (const [index, line] of lines.entries()) {
      if (line === 0) continue;
      expect(map.findEntry(index, 0)).toMatchObject({ originalSource: "../README.md", originalLine: line - 1 });
    }
  });

  test("is a comment on one line", () => {
    expect(sourceMapComment("a", [1])).toMatch(/^\/\/# sourceMappingURL=data:application\/json;base64,[\w+/=]+$/);
  });
});
