import { createMarkdownRenderer } from "vitepress";
import { expect, it } from "vitest";
import { scrollingTables } from "./tables.ts";

const renderer = createMarkdownRenderer(import.meta.dirname, { config: scrollingTables });

it("puts a table into a box that the keyboard can scroll, named by its columns", async () => {
  const html = (await renderer).render("| `a` & b |  | c |\n| - | - | - |\n| 1 | 2 | 3 |\n");
  expect(html).toMatch(
    /^<div class="table" tabindex="0" role="group" aria-label="Table: a &amp; b, c" v-pre><table>[^]*<\/table><\/div>\n$/,
  );
});

it("gives a table without names of columns a name all the same", async () => {
  const html = (await renderer).render("|  |  |\n| - | - |\n| 1 | 2 |\n");
  expect(html).toContain('aria-label="Table"');
});
