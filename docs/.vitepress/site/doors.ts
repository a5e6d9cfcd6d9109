import type { MarkdownRenderer } from "vitepress";

/** Calls the page of a door in the reference `<door> API`: the page of the package has the name already. */
export function doorTitles(md: MarkdownRenderer): void {
  md.core.ruler.push("door-titles", ({ tokens, env }) => {
    if (!/^api\/.+\/index\.md$/.test((env as { readonly relativePath: string }).relativePath)) return;
    const children = tokens[tokens.findIndex(({ tag }) => tag === "h1") + 1]?.children ?? [];
    // Behind it come a space and the link to the heading.
    const name = children.filter(({ type, content }) => type === "text" && content.trim() !== "").at(-1);
    if (name !== undefined) name.content += " API";
  });
}
