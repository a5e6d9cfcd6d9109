import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { DefaultTheme } from "vitepress";
import { afterEach, describe, expect, it } from "vitest";
import { readPackages, ROOT } from "../../../tooling/workspace.ts";
import { apiSidebars, packagePages, sidebar } from "./sidebar.ts";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function docsWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "disp-docs-"));
  folders.push(folder);
  const needed = { "guides/coming-from/x.md": "# X", "packages/core.md": "", "decisions/001-a.md": "# 001: A" };
  for (const [path, text] of Object.entries({ ...needed, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function links(items: readonly DefaultTheme.SidebarItem[] | undefined): (string | undefined)[] {
  return (items ?? []).flatMap(({ link, items: below }) => [link, ...links(below)]).filter(Boolean);
}

describe("sidebar", () => {
  it("has each guide that is there, known ones first, and calls it by its heading", () => {
    const docs = docsWith({
      "guides/a-new-one.md": "# A `new` one\n",
      "guides/graceful-shutdown.md": "# The end\n",
      "guides/latest-value-wins.md": "intro\n\n# Latest\n",
    });
    const guides = sidebar(docs).find(({ text }) => text === "Guides")?.items ?? [];
    expect(guides.map(({ text }) => text)).toEqual(["Latest", "The end", "A new one", "Coming from"]);
    expect(guides.map(({ link }) => link)).toContain("/guides/a-new-one");
  });

  it("leaves out pages that are not there", () => {
    expect(links(sidebar(docsWith({})))).not.toContain("/start");
    expect(links(sidebar(docsWith({ "start.md": "# Start" })))).toContain("/start");
  });
});

describe("packagePages", () => {
  it("has every public package", () => {
    const wanted = readPackages(ROOT).filter(({ isPublic }) => isPublic);
    const found = packagePages(join(ROOT, "docs"));
    expect(found.map(({ text }) => text).sort(), "add docs/packages/<name>.md for a new package").toEqual(
      wanted.map(({ name }) => name),
    );
  });

  it("shows the README of the package whose name it has", () => {
    for (const file of readdirSync(join(ROOT, "docs/packages"))) {
      const text = readFileSync(join(ROOT, "docs/packages", file), "utf8");
      expect(text).toContain(`<!--@include: ../../packages/${file.slice(0, -3)}/README.md-->`);
    }
  });
});

describe("apiSidebars", () => {
  const symbols = [{ text: "Classes", collapsed: true, items: [{ text: "A", link: "/api/@disp/a/classes/A.md" }] }];
  const doors = [
    { text: "@disp/a", link: "/api/@disp/a/", collapsed: true, items: symbols },
    { text: "@disp/b", link: "/api/@disp/b/", collapsed: true, items: [{ text: "B", link: "/api/@disp/b/B.md" }] },
  ];

  it("has no doors before the reference was made", () => {
    expect(links(apiSidebars(docsWith({}))["/api/"])).toEqual(["/#which-package", "/api/"]);
  });

  it("has all doors everywhere, and the symbols of a door on its own pages", () => {
    const sidebars = apiSidebars(docsWith({ "api/typedoc-sidebar.json": JSON.stringify(doors) }));
    expect(links(sidebars["/api/"]).slice(2)).toEqual(["/api/@disp/a/", "/api/@disp/b/"]);
    expect(links(sidebars["/api/@disp/a/"]).slice(2)).toEqual([
      "/api/@disp/a/",
      "/api/@disp/a/classes/A.md",
      "/api/@disp/b/",
    ]);
  });
});
