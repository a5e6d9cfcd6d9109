import type { MarkdownRenderer } from "vitepress";

/** Puts each table into a box of its own, which scrolls where the table is wider than the page, also by the keyboard. */
export function scrollingTables(md: MarkdownRenderer): void {
  md.renderer.rules["table_open"] = (tokens, index) => {
    const end = tokens.findIndex(({ type }, at) => at > index && type === "thead_close");
    const heads = tokens.slice(index, end).filter(({ type }) => type === "inline");
    const names = heads.map((head) => (head.children ?? []).map(({ content }) => content).join("")).filter(Boolean);
    const label = md.utils.escapeHtml(["Table", names.join(", ")].filter(Boolean).join(": "));
    return `<div class="table" tabindex="0" role="group" aria-label="${label}" v-pre><table>\n`;
  };
  md.renderer.rules["table_close"] = () => "</table></div>\n";
}
