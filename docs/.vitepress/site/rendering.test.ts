import { createMarkdownRenderer } from "vitepress";
import { describe, expect, it } from "vitest";
import { diagrams } from "./diagrams.ts";
import { doorTitles } from "./doors.ts";
import { siteLinks } from "./links.ts";
import { forSearch, miniSearch } from "./search.ts";
import { scrollingTables } from "./tables.ts";

const tree = { exists: () => true, isFolder: () => false };

// VitePress makes one renderer for a process.
const md = await createMarkdownRenderer(import.meta.dirname, {
  config(plain) {
    siteLinks(plain, tree);
    diagrams(plain);
    scrollingTables(plain);
    doorTitles(plain);
  },
});

function render(markdown: string): string {
  return md.render(markdown, { relativePath: "guides/one.md" });
}

describe("siteLinks", () => {
  it("changes links, links by reference and pictures, and no code", () => {
    const html = render(
      "[a](../sizes.md) [b][ref] ![c](../public/flow.svg) `[d](../sizes.md)`\n\n[ref]: ../../packages/core/README.md",
    );
    expect(html).toContain(
      '<a href="/sizes.html">a</a> <a href="/packages/core.html">b</a> <img src="/flow.svg" alt="c"',
    );
    expect(html).toContain("[d](../sizes.md)</code>");
  });
});

describe("diagrams", () => {
  it("draws fences tagged mermaid and leaves all others", () => {
    const html = render("```mermaid\nstateDiagram-v2\n  a --> b\n```\n\n```sh\nls\n```\n");
    expect(html).toContain('<div class="diagram" tabindex="0" v-pre><svg ');
    expect(html).toContain("language-sh");
  });

  it("names the page when a diagram cannot be drawn", () => {
    expect(() => render("```mermaid\nnonsense\n```")).toThrow("Cannot draw a diagram of guides/one.md: ");
  });
});

describe("scrollingTables", () => {
  it("puts a table into a box that the keyboard can scroll, named by its columns", () => {
    expect(render("| `a` & b |  | c |\n| - | - | - |\n| 1 | 2 | 3 |\n")).toMatch(
      /^<div class="table" tabindex="0" role="group" aria-label="Table: a &amp; b, c" v-pre><table>[^]*<\/table><\/div>\n$/,
    );
  });

  it("gives a table without names of columns a name all the same", () => {
    expect(render("|  |  |\n| - | - |\n| 1 | 2 |\n")).toContain('aria-label="Table"');
  });
});

describe("doorTitles", () => {
  it("tells the reference of a door from the page of its package, and leaves all other pages", () => {
    const titleAt = (relativePath: string): string | undefined =>
      /<h1[^>]*>(.*?) *<a/.exec(md.render("# @disp/core\n", { relativePath }))?.[1];
    expect(titleAt("api/@disp/core/index.md")).toBe("@disp/core API");
    expect(titleAt("api/@disp/core/classes/A.md")).toBe("@disp/core");
    expect(titleAt("api/index.md")).toBe("@disp/core");
    expect(titleAt("packages/core.md")).toBe("@disp/core");
  });
});

describe("forSearch", () => {
  const env = { path: "", relativePath: "api/@disp/core/index.md", cleanUrls: false };
  const page = "# A door\n\nWords.\n\n## References\n\n### RateLimiter\n\nRe-exports.\n";

  it("leaves out what a door of the reference only passes on", () => {
    expect(forSearch(page, env, md)).toContain("Words.");
    expect(forSearch(page, env, md)).not.toContain("RateLimiter");
  });

  it("keeps such a heading on other pages", () => {
    expect(forSearch(page, { ...env, relativePath: "guides/one.md" }, md)).toContain("RateLimiter");
  });

  it("takes a member for one thing, with its parameters and its example, and leaves type parameters out of names", () => {
    const symbol =
      "# Class: Line\\<T\\>\n\n## Methods\n\n### push()\n\nPuts.\n\n#### Parameters\n\nOne.\n\n#### drain.now\n\nTwo.\n";
    const html = forSearch(symbol, { ...env, relativePath: "api/@disp/core/classes/Line.md" }, md);
    const heads = [...html.matchAll(/<h\d[^>]*>(.*?) *<a/g)].map(([, head]) => head);
    expect(heads).toEqual(["Class: Line", "push()", "drain.now"]);
    expect(html).toContain("One.");
  });

  it("finds a guide by words that people search for it by, too", () => {
    const html = forSearch("# Polite\n\nWords.\n", { ...env, relativePath: "guides/polite-api-client.md" }, md);
    expect(html).toMatch(/<\/h1><p>.*rate limit/);
  });
});

describe("miniSearch", () => {
  const { options, searchOptions } = miniSearch;

  it("finds a name in a title by its later words, and leaves what is asked for as it is", () => {
    expect(options.processTerm("sendTimeoutMs", "title")).toEqual(["sendtimeoutms", "timeoutms", "ms"]);
    expect(options.processTerm("sendTimeoutMs", "text")).toEqual(["sendtimeoutms"]);
    expect(options.processTerm("of")).toEqual([]);
  });

  it("finds names in capitals by their words and as a whole, and asks for the whole", () => {
    expect(options.tokenize("a DISP_QUEUE_CLOSED!")).toEqual(["a", "DISP", "QUEUE", "CLOSED", "", "DISP_QUEUE_CLOSED"]);
    expect(searchOptions.tokenize("a DISP_QUEUE_CLOSED")).toEqual(["a", "DISP_QUEUE_CLOSED"]);
  });
});
