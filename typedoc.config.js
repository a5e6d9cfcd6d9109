import { existsSync, readdirSync, readFileSync } from "node:fs";
import { printDefaults } from "./tooling/typedoc-defaults.js";

// Every public package, whichever there are: a new one has to be documented without a line added here.
const packages = readdirSync("packages")
  .map((folder) => ({ folder: `packages/${folder}`, path: `packages/${folder}/package.json` }))
  .filter(({ path }) => existsSync(path))
  .map(({ folder, path }) => ({ folder, manifest: JSON.parse(readFileSync(path, "utf8")) }))
  .filter(({ manifest }) => manifest.private !== true)
  // From the lowest floor to the highest, so that what a higher one re-exports is a link to where it comes from.
  .sort((a, b) => a.manifest.disp.floor - b.manifest.disp.floor);

/** @type {Partial<import("typedoc").TypeDocOptions & import("typedoc-plugin-markdown").PluginOptions>} */
export default {
  name: "API reference",
  plugin: ["typedoc-plugin-markdown", "typedoc-vitepress-theme", printDefaults],
  entryPointStrategy: "resolve",
  entryPoints: packages.map(({ folder }) => `${folder}/src/*.ts`),
  exclude: ["**/*.test.ts"],
  packagesRequiringDocumentation: packages.map(({ manifest }) => manifest.name),
  tsconfig: "tsconfig.docs.json",
  // Pages of the site: no headers of their own, and a sidebar for docs/.vitepress/config.ts.
  docsRoot: "docs",
  out: "docs/api",
  useCodeBlocks: true,
  parametersFormat: "table",
  readme: "none",
  excludeInternal: true,
  excludePrivate: true,
  // What errors inherit from Error, and the like.
  excludeExternals: true,
  // Links to sources do not depend on a clone's remotes.
  disableGit: true,
  gitRevision: "main",
  basePath: ".",
  displayBasePath: ".",
  sourceLinkTemplate: "https://github.com/disp-ts/disp/blob/{gitRevision}/{path}#L{line}",
  treatWarningsAsErrors: true,
  validation: { notExported: true, invalidLink: true, notDocumented: true, rewrittenLink: true },
  logLevel: "Warn",
};
