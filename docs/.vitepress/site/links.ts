import { existsSync, statSync } from "node:fs";
import { join, posix } from "node:path";
import type { MarkdownRenderer } from "vitepress";

/** Where files are shown that are no pages of the site. */
export const REPOSITORY = "https://github.com/disp-ts/disp";

/** What is asked of the repository. Paths are from its root, with slashes. */
export interface Tree {
  exists(path: string): boolean;
  isFolder(path: string): boolean;
}

/** The files below a folder. */
export function treeAt(root: string): Tree {
  return {
    exists: (path) => existsSync(join(root, path)),
    isFolder: (path) => statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory() === true,
  };
}

/** The file of the repository that a page shows. The page of a package shows the README of that package. */
export function sourceOf(page: string): string {
  const name = /^packages\/([^/]+)\.md$/.exec(page)?.[1];
  return name === undefined ? `docs/${page}` : `packages/${name}/README.md`;
}

/**
 * A link as the site needs it, of a link as the repository has it, where it is relative to the file. So the same Markdown works
 * in both.
 *
 * @param source - The file that the link is in, from the root of the repository.
 * @throws Error when the link leads to nothing. Dead links within docs are left to VitePress, which reports all of them at once.
 */
export function siteLink(source: string, href: string, tree: Tree): string {
  if (source.startsWith("docs/api/") || !isRelative(href)) return href;
  const [, path = "", rest = ""] = /^([^?#]*)(.*)$/.exec(href) ?? [];
  const target = posix.join(posix.dirname(source), decodeURI(path)).replace(/\/$/, "");
  const page = pageOf(target, tree);
  if (page !== undefined) return `/${page}${rest}`;
  if (tree.exists(target)) return `${REPOSITORY}/${tree.isFolder(target) ? "tree" : "blob"}/main/${target}${rest}`;
  if (target.startsWith("docs/") && target.endsWith(".md")) return href;
  throw new Error(`Cannot link ${href} in ${source}: it must lead to a file of the repository, got ${target}`);
}

/** The name of a heading in links, as GitHub makes it, so that the same link works in both. */
export function slug(heading: string): string {
  const kept = heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, "");
  return kept.replaceAll(" ", "-");
}

/** Makes all links and pictures of a page those of the site. */
export function siteLinks(md: MarkdownRenderer, tree: Tree): void {
  md.core.ruler.push("site-links", ({ tokens, env }: { tokens: Token[]; env: Env }) => {
    const source = sourceOf(env.relativePath);
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      const name = ATTRIBUTES[token.type];
      const value = name === undefined ? null : token.attrGet(name);
      if (name !== undefined && value !== null) token.attrSet(name, siteLink(source, value, tree));
    }
  });
}

type Token = ReturnType<MarkdownRenderer["parse"]>[number];

/** What VitePress says about the page that it renders. */
interface Env {
  readonly relativePath: string;
}

const ATTRIBUTES: Readonly<Record<string, string | undefined>> = { link_open: "href", image: "src" };

function isRelative(href: string): boolean {
  return !/^(?:[a-z][a-z\d+.-]*:|[/#?])/i.test(href);
}

/** The page, or the public file, that shows a file. Undefined: none does. */
function pageOf(target: string, tree: Tree): string | undefined {
  if (target === "README.md") return "";
  const name = /^packages\/([^/]+)(?:\/README\.md)?$/.exec(target)?.[1];
  if (name !== undefined) return tree.exists(`docs/packages/${name}.md`) ? `packages/${name}.md` : undefined;
  if (!target.startsWith("docs/") || !tree.exists(target) || tree.isFolder(target)) return undefined;
  const path = target.slice("docs/".length);
  if (path.endsWith(".md")) return path;
  return path.startsWith("public/") ? path.slice("public/".length) : undefined;
}
