import { describe, expect, it } from "vitest";
import { siteLink, slug, sourceOf, type Tree } from "./links.ts";

const FILES = [
  "README.md",
  "apps/demo/README.md",
  "docs/decisions/001-a.md",
  "docs/guides/one.md",
  "docs/guides/coming-from/two.md",
  "docs/packages/core.md",
  "docs/public/flow.svg",
  "docs/sizes.md",
  "packages/core/README.md",
  "packages/core/src/index.ts",
  "packages/heap/README.md",
];

const tree: Tree = {
  exists: (path) => FILES.some((file) => file === path || file.startsWith(`${path}/`)),
  isFolder: (path) => FILES.some((file) => file.startsWith(`${path}/`)),
};

describe("siteLink", () => {
  it.each([
    ["docs/guides/one.md", "coming-from/two.md", "/guides/coming-from/two.md"],
    ["docs/guides/coming-from/two.md", "../one.md#a-part", "/guides/one.md#a-part"],
    ["docs/sizes.md", "../README.md", "/"],
    ["docs/guides/one.md", "../public/flow.svg", "/flow.svg"],
    ["packages/core/README.md", "../../docs/sizes.md", "/sizes.md"],
  ])("leads from %s by %s to the page %s", (source, href, link) => {
    expect(siteLink(source, href, tree)).toBe(link);
  });

  it.each(["../../packages/core/README.md#options", "../../packages/core#options", "../../packages/core/#options"])(
    "leads to the page of a package, by %s",
    (href) => {
      expect(siteLink("docs/guides/one.md", href, tree)).toBe("/packages/core.md#options");
    },
  );

  it.each([
    ["../../apps/demo", "tree/main/apps/demo"],
    ["../../packages/core/src/index.ts#L3", "blob/main/packages/core/src/index.ts#L3"],
    ["../../packages/heap/README.md", "blob/main/packages/heap/README.md"],
    ["../decisions", "tree/main/docs/decisions"],
  ])("leads to the repository where the site has no page: %s", (href, path) => {
    expect(siteLink("docs/guides/one.md", href, tree)).toBe(`https://github.com/disp-ts/disp/${path}`);
  });

  it.each(["https://example.org/a.md", "mailto:a@example.org", "#a-part", "/guides/one.md"])("leaves %s", (href) => {
    expect(siteLink("docs/guides/one.md", href, tree)).toBe(href);
  });

  it("leaves the links of the API reference, which are made for the site", () => {
    expect(siteLink("docs/api/@disp/core/index.md", "classes/Dispatcher.md", tree)).toBe("classes/Dispatcher.md");
  });

  it("leaves dead links within docs to VitePress", () => {
    expect(siteLink("docs/guides/one.md", "gone.md", tree)).toBe("gone.md");
  });

  it("refuses dead links that VitePress would not see", () => {
    expect(() => siteLink("docs/guides/one.md", "../../apps/gone/a.ts", tree)).toThrow(
      "Cannot link ../../apps/gone/a.ts in docs/guides/one.md: it must lead to a file of the repository, got apps/gone/a.ts",
    );
  });
});

describe("sourceOf", () => {
  it("is the README for the page of a package, and the page itself for all others", () => {
    expect(sourceOf("packages/core.md")).toBe("packages/core/README.md");
    expect(sourceOf("guides/one.md")).toBe("docs/guides/one.md");
  });
});

describe("slug", () => {
  it.each([
    ["With node:test", "with-nodetest"],
    ["In Redis: @disp/ratelimit/redis", "in-redis-dispratelimitredis"],
    ["Jobs - at most once?", "jobs---at-most-once"],
    ["maxAge_ms und Größe", "maxage_ms-und-größe"],
  ])("calls %s what GitHub calls it", (heading, name) => {
    expect(slug(heading)).toBe(name);
  });
});
