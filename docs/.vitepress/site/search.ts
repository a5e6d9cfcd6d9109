import type { MarkdownEnv } from "vitepress";

/** Makes HTML of Markdown. */
interface Renderer {
  render(markdown: string, env: MarkdownEnv): string;
}

/** Words that people search for a page by, and that its first lines do not say. */
const ALSO: Readonly<Record<string, string>> = {
  "guides/a-keyed-resource-under-contention.md": "lock, optimistic locking, conflict, read modify write, race",
  "guides/background-jobs.md": "job queue, dedup, deduplication, BullMQ",
  "guides/batch-writes-to-a-database.md": "bulk insert, SQL, batching",
  "guides/beyond-one-machine.md": "Redis, over Redis, Redis cluster, distributed",
  "guides/cpu-work-off-the-event-loop.md": "threads, worker_threads, worker pool",
  "guides/graceful-shutdown.md": "drain, stop, quit, close, SIGTERM, deploy, exit",
  "guides/latest-value-wins.md": "debounce, throttle, coalesce",
  "guides/polite-api-client.md": "rate limit, rate limiting, throttle, 429, Retry-After, fetch",
};

/** What the search reads of a page. */
export function forSearch(markdown: string, env: MarkdownEnv, md: Renderer): string {
  const html = md.render(markdown, env);
  if (env.frontmatter?.["search"] === false) return "";
  const { relativePath } = env;
  if (relativePath.startsWith("api/")) return asReference(html, relativePath.endsWith("index.md"));
  return html.replace("</h1>", `</h1><p>${ALSO[relativePath] ?? ""}</p>`);
}

/** A symbol and each of its members is one thing to find, with all that is said about it. A door is not what it lists. */
function asReference(html: string, isDoor: boolean): string {
  const at = isDoor
    ? html.search(/<h2 id="(?:references|classes|interfaces|type-aliases|variables|functions)(?:-\d+)?"/)
    : -1;
  return (at < 0 ? html : html.slice(0, at))
    .replace(/<h[2-6][^>]*>([^<]*)<a [^>]*>[^<]*<\/a><\/h[2-6]>/g, (heading, name: string) =>
      PARTS.has(name.trim()) ? "" : heading,
    )
    .replace(/<h\d[^>]*>.*?<\/h\d>/g, (heading) => heading.replace(/&lt;.*?&gt;(?=<|\s|$)/g, ""));
}

/** Headings that say which part of a symbol comes now. */
const PARTS = new Set([
  ...["Constructors", "Properties", "Methods", "Accessors", "Parameters", "Returns", "Throws", "Example", "Examples"],
  ...["Default Value", "Type Parameters", "Type Declaration", "Extends", "Extended by", "Implements", "Inherited from"],
  ...["Implementation of", "Overrides", "Call Signature", "Get Signature", "Set Signature", "Index Signature", "See"],
]);

/** What the search finds first. The functions run in the browser, from their text: they use nothing but what they are given. */
export const miniSearch = {
  options: {
    /** Words, and names in capitals as a whole, too: DISP_SEND_TIMEOUT. */
    tokenize: (text: string): string[] => [
      ...text.split(/[\n\r\p{Z}\p{P}]+/u),
      ...(text.match(/[\p{L}\p{N}]+(?:_[\p{L}\p{N}]+)+/gu) ?? []),
    ],
    /** A title is found by each word of its names, too: sendTimeoutMs by timeout. What is asked for stays as it is. */
    processTerm: (term: string, field?: string): string[] => {
      const words = field === "title" ? term.split(/(?<=[\p{Ll}\p{N}])(?=\p{Lu})/u) : [term];
      const ends = words.map((_, at) => words.slice(at).join("").toLowerCase());
      return ends.filter((end) => !/^(?:|a|an|and|are|is|it|of|the|to)$/.test(end));
    },
  },
  searchOptions: {
    tokenize: (query: string): string[] => query.split(/[\n\r\p{Z}\p{Pd}\p{Ps}\p{Pe}\p{Po}]+/u),
    prefix: true,
    fuzzy: (term: string): number | false => (term.length > 4 ? 0.2 : false),
    weights: { prefix: 0.375, fuzzy: 0.2 },
    boost: { title: 4, text: 1, titles: 1 },
    /** Guides and packages before the symbols of the reference, those before their members, and tables of figures last. */
    boostDocument: (id: string, _term: string, stored?: Record<string, unknown>): number => {
      const isPage = !(stored?.["titles"] as readonly string[] | undefined)?.some(Boolean);
      if (id.includes("/api/")) {
        if (isPage) return /\/(?:classes|functions)\//.test(id) ? 1.2 : 0.7;
        if (/_DEFAULTS|Error\./.test(id)) return 0.2;
        return id.includes("/core/") ? 0.6 : 0.5;
      }
      if (/\/(?:performance|sizes|decisions)\b/.test(id)) return isPage ? 1 : 0.3;
      if (!isPage) return 1;
      if (id.includes("/coming-from/")) return 1.5;
      return id.includes("/guides/") ? 6 : 3;
    },
  },
};
