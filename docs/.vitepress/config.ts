import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { diagrams } from "./site/diagrams.ts";
import { REPOSITORY, siteLinks, slug, treeAt } from "./site/links.ts";
import { forSearch, miniSearch } from "./site/search.ts";
import { doorTitles } from "./site/doors.ts";
import { apiSidebars, packagePages, sidebar } from "./site/sidebar.ts";
import { scrollingTables } from "./site/tables.ts";

const docs = fileURLToPath(new URL("..", import.meta.url));

/** Where the site is served: "/" or a folder, as in SITE_BASE=/disp/. */
const base = `/${process.env["SITE_BASE"] ?? ""}/`.replace(/\/+/g, "/");

const description =
  "What stands between a producer and a consumer that run at different speeds: batches, backpressure, rate limits, retries, pools.";

export default defineConfig({
  title: "@disp",
  description,
  lang: "en",
  base,
  // The README is the index for those who read in the repository.
  srcExclude: ["README.md", "node_modules/**", "test/**"],
  head: [["link", { rel: "icon", type: "image/svg+xml", href: `${base}icon.svg` }]],
  markdown: {
    theme: { light: "github-light-high-contrast", dark: "github-dark-high-contrast" },
    anchor: { slugify: slug },
    config(md) {
      siteLinks(md, treeAt(join(docs, "..")));
      diagrams(md);
      scrollingTables(md);
      doorTitles(md);
    },
  },
  vite: {
    // The index of the search, which is loaded when somebody searches.
    build: { chunkSizeWarningLimit: 2_000 },
  },
  themeConfig: {
    logo: { src: "/icon.svg", alt: "" },
    outline: [2, 3],
    search: { provider: "local", options: { _render: forSearch, miniSearch } },
    nav: [
      { text: "Which package?", link: "/#which-package" },
      { text: "Start", link: "/start" },
      { text: "Guides", link: "/guides/batch-writes-to-a-database", activeMatch: "^/guides/" },
      { text: "Guarantees", link: "/guarantees" },
      { text: "Performance", link: "/performance" },
      { text: "Packages", items: packagePages(docs) as { text: string; link: string }[], activeMatch: "^/packages/" },
      { text: "API", link: "/api/", activeMatch: "^/api/" },
    ],
    sidebar: { "/": sidebar(docs), ...apiSidebars(docs) },
    socialLinks: [{ icon: "github", link: REPOSITORY, ariaLabel: "the repository on GitHub" }],
    notFound: {
      title: "There is no such page",
      quote: "Pages move now and then. The search above, or the menu, finds where this one went.",
      linkText: "To the start",
      linkLabel: "to the start",
    },
    footer: { message: "MIT licence" },
  },
});
