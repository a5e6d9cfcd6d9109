import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PAGE = fileURLToPath(new URL("../../page/", import.meta.url));
const JAVASCRIPT = "text/javascript; charset=utf-8";
const STYLES = "text/css; charset=utf-8";

/** A file as it is sent. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

interface Place {
  readonly type: string;
  readonly file: () => string;
}

const own = (name: string, type: string): [string, Place] => [`/page/${name}`, { type, file: () => join(PAGE, name) }];
const script = (name: string): [string, Place] => own(name, JAVASCRIPT);

/** All there is, by name: a path that a client sends is looked up here, and leads nowhere else. */
const PLACES: ReadonlyMap<string, Place> = new Map([
  ["/", { type: "text/html; charset=utf-8", file: () => join(PAGE, "index.html") }],
  own("page.css", STYLES),
  own("icon.svg", "image/svg+xml"),
  ...[
    "balance",
    "charts",
    "controls",
    "elements",
    "experiments",
    "faces",
    "flow",
    "flow-shapes",
    "history",
    "live",
    "main",
    "numbers",
    "situation",
    "story",
    "strip",
    "try-this",
  ].map((name) => script(`${name}.js`)),
  ["/page/uplot.js", { type: JAVASCRIPT, file: () => join(uplotFolder(), "uPlot.esm.js") }],
  ["/page/uplot.css", { type: STYLES, file: () => join(uplotFolder(), "uPlot.min.css") }],
]);

export function isPageFile(path: string): boolean {
  return PLACES.has(path);
}

/** Undefined: there is no such file. Read each time: they are small, and whoever changes one wants to see it. */
export async function pageFile(path: string): Promise<PageFile | undefined> {
  const place = PLACES.get(path);
  return place && { type: place.type, bytes: await readFile(place.file()) };
}

function uplotFolder(): string {
  return dirname(createRequire(import.meta.url).resolve("uplot/dist/uPlot.min.css"));
}
