import { renderMermaidSVG } from "beautiful-mermaid";
import type { MarkdownRenderer } from "vitepress";

/**
 * Draws a Mermaid diagram when the site is built, so that pages load no script for it. Colours and fonts are those of the theme,
 * in light and in dark. `accTitle: <text>` in the diagram says what it shows to those who cannot see it.
 *
 * @param name - Unlike that of all other diagrams on the page.
 */
export function diagram(text: string, name: string): string {
  const svg = renderMermaidSVG(withShortLines(text.replace(TITLE, "")), LOOK)
    // The theme has these rules. Here they would load a font from elsewhere.
    .replace(/<style>[^]*?<\/style>/g, "")
    .replace(/\b(id="|url\(#)(arrowhead)/g, `$1${name}-$2`)
    .replace("<svg ", `<svg role="img" aria-label="${escape(titleOf(text))}" `);
  return `<div class="diagram" tabindex="0" v-pre>${withRoom(svg)
    .replace(/>\n\s*/g, ">")
    .replace(/\n\s*/g, " ")}</div>\n`;
}

/** Draws the fences tagged `mermaid`. */
export function diagrams(md: MarkdownRenderer): void {
  const fence = md.renderer.rules.fence;
  md.renderer.rules.fence = (tokens, index, options, env: { relativePath: string }, self) => {
    const token = tokens[index];
    if (token?.info.trim() !== "mermaid") return fence?.(tokens, index, options, env, self) ?? "";
    try {
      return diagram(token.content, `diagram-${index}`);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      throw new Error(`Cannot draw a diagram of ${env.relativePath}: ${what}`, { cause: error });
    }
  };
}

const LOOK = {
  bg: "var(--vp-c-bg)",
  fg: "var(--vp-c-text-1)",
  muted: "var(--vp-c-text-2)",
  line: "var(--vp-c-text-3)",
  accent: "var(--vp-c-text-2)",
  border: "var(--vp-c-text-3)",
  surface: "var(--vp-c-bg-soft)",
  padding: 8,
  nodeSpacing: 40,
  componentSpacing: 64,
  transparent: true,
};

/** Characters in a line of a label. Longer lines make the picture wider than the page. */
const LINE = 18;

/** Breaks the labels of transitions into lines. */
function withShortLines(text: string): string {
  return text.replace(/^(.*-->[^:\n]*: *)(.+)$/gm, (_, head: string, label: string) => head + broken(label));
}

function broken(label: string): string {
  const lines: string[] = [];
  for (const word of label.trim().split(/\s+/)) {
    const line = `${lines.at(-1) ?? ""} ${word}`.trim();
    if (lines.length > 0 && line.length <= LINE) lines[lines.length - 1] = line;
    else lines.push(word);
  }
  return lines.join("<br>");
}

/** Larger than it was laid out, with smaller labels: those take more room than the layout gives them. See theme/site.css. */
const SCALE = 1.1;

/** Makes the picture as wide as its labels, which may be wider than all states together. */
function withRoom(svg: string): string {
  const boxes = [...svg.matchAll(/<rect x="([\d.-]+)"[^>]* width="([\d.]+)"/g)].map(([, x, width]) => ({
    from: Number(x) - LOOK.padding,
    to: Number(x) + Number(width) + LOOK.padding,
  }));
  return svg.replace(
    /viewBox="0 0 ([\d.]+) ([\d.]+)" width="[\d.]+" height="[\d.]+"/,
    (_, wide: string, high: string) => {
      const left = Math.floor(Math.min(0, ...boxes.map(({ from }) => from)));
      const width = Math.ceil(Math.max(Number(wide), ...boxes.map(({ to }) => to))) - left;
      const height = Math.ceil(Number(high));
      const size = `width="${Math.ceil(width * SCALE)}" height="${Math.ceil(height * SCALE)}"`;
      return `viewBox="${left} 0 ${width} ${height}" ${size}`;
    },
  );
}

const TITLE = /^\s*accTitle:(.*)\n?/m;

function titleOf(text: string): string {
  const title = TITLE.exec(text)?.[1]?.trim();
  const lines = text.trim().split("\n").slice(1);
  return title ?? `Diagram: ${lines.map((line) => line.trim()).join("; ")}`;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
