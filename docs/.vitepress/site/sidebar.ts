import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { DefaultTheme } from "vitepress";

type Item = DefaultTheme.SidebarItem;

/** Guides in the order in which people need them. One that is missing here comes after these, by name. */
const GUIDES = [
  "batch-writes-to-a-database",
  "latest-value-wins",
  "polite-api-client",
  "a-keyed-resource-under-contention",
  "cpu-work-off-the-event-loop",
  "background-jobs",
  "graceful-shutdown",
  "testing-with-fake-timers",
  "beyond-one-machine",
];

/** Packages from the one that most people need to those that it is made of. One that is missing here comes after these. */
const PACKAGES = [
  "core",
  "batch-processor",
  "background",
  "worker-pool",
  "sync-queue",
  "ratelimit",
  "retry",
  "redis",
  "buffer",
];

/** Everything but the API reference, read from the files that are there. */
export function sidebar(docs: string): Item[] {
  return [
    {
      text: "Start",
      items: [
        { text: "Which package?", link: "/#which-package" },
        ...page(docs, "start", "In two minutes"),
        ...page(docs, "how-it-works"),
      ],
    },
    {
      text: "Guides",
      items: [
        ...pages(docs, "guides", GUIDES),
        { text: "Coming from", items: pages(docs, "guides/coming-from", []).map(withoutFrom) },
      ],
    },
    { text: "Facts", items: ["guarantees", "errors", "performance", "sizes"].flatMap((name) => page(docs, name)) },
    { text: "Packages", items: packagePages(docs) },
    { text: "Decisions", items: pages(docs, "decisions", []) },
    { text: "Reference", items: [{ text: "API reference", link: "/api/" }] },
  ];
}

/** The pages of packages. */
export function packagePages(docs: string): Item[] {
  return names(docs, "packages", PACKAGES).map((name) => ({ text: `@disp/${name}`, link: `/packages/${name}` }));
}

/**
 * The sidebars of the API reference, by the path of the pages that have them, from what typedoc wrote: all doors, and the
 * symbols of the one that the page belongs to. All symbols on all pages would be most of the site.
 */
export function apiSidebars(docs: string): Record<string, Item[]> {
  const path = join(docs, "api/typedoc-sidebar.json");
  const doors = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Item[]) : [];
  const withOpen = (open: Item | undefined): Item[] => [
    { text: "Which package?", link: "/#which-package" },
    { text: "API reference", link: "/api/", items: doors.map((door) => (door === open ? opened(door) : closed(door))) },
  ];
  return Object.fromEntries([
    ["/api/", withOpen(undefined)],
    ...doors.flatMap((door) => (door.link === undefined ? [] : [[door.link, withOpen(door)]])),
  ]) as Record<string, Item[]>;
}

/** Groups that open and close are buttons around links: screen readers and keyboards stumble there. */
function opened(door: Item): Item {
  return { ...closed(door), items: (door.items ?? []).map((kind) => ({ ...closed(kind), items: kind.items ?? [] })) };
}

function closed({ text, link }: Item): Item {
  return { ...(text === undefined ? {} : { text }), ...(link === undefined ? {} : { link }) };
}

function withoutFrom(item: Item): Item {
  return { ...item, text: (item.text ?? "").replace(/^Coming from (?:the )?/, "") };
}

function pages(docs: string, folder: string, first: readonly string[]): Item[] {
  return names(docs, folder, first).flatMap((name) => page(docs, `${folder}/${name}`));
}

function names(docs: string, folder: string, first: readonly string[]): string[] {
  const rank = (name: string): number => (first.includes(name) ? first.indexOf(name) : first.length);
  return readdirSync(join(docs, folder))
    .filter((file) => file.endsWith(".md"))
    .map((file) => file.slice(0, -".md".length))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b, "en"));
}

/** A page that may not be there yet. */
function page(docs: string, path: string, text?: string): Item[] {
  const file = join(docs, `${path}.md`);
  if (!existsSync(file)) return [];
  return [{ text: text ?? titleOf(readFileSync(file, "utf8"), path), link: `/${path}` }];
}

/** The first heading, without the marks of code. */
export function titleOf(markdown: string, otherwise: string): string {
  return /^# (.+)$/m.exec(markdown)?.[1]?.replaceAll("`", "").trim() ?? otherwise;
}
