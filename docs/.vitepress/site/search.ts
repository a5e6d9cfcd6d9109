import type { MarkdownEnv } from "vitepress";

/** Makes HTML of Markdown. */
interface Renderer {
  render(markdown: string, env: MarkdownEnv): string;
}

/** What the search reads of a page. */
export function forSearch(markdown: string, env: MarkdownEnv, md: Renderer): string {
  const html = md.render(markdown, env);
  if (env.frontmatter?.["search"] === false) return "";
  return env.relativePath.startsWith("api/") ? withoutReferences(html) : html;
}

/** A door that passes on what others export lists it under this heading: the search is to find the thing itself. */
function withoutReferences(html: string): string {
  const at = html.search(/<h2 id="references"/);
  return at < 0 ? html : html.slice(0, at);
}
