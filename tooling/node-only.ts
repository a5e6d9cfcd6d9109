import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { packageOf } from "./imports.ts";

/** Packages that a caller brings along and that run in Node alone. */
const NODE_ENGINES = ["bullmq"];

/**
 * Whether an installed door, or what it loads, imports a `node:` module or an engine for Node. A main door is meant to run anywhere, so it
 * never counts as one that needs Node.
 *
 * @param folder - The project it is installed in.
 */
export function needsNode(folder: string, specifier: string): boolean {
  return specifier !== packageOf(specifier) && reachesNode(folder, specifier, new Set());
}

function reachesNode(folder: string, specifier: string, seen: Set<string>): boolean {
  const name = packageOf(specifier);
  const file = specifier === name ? "index.js" : `${specifier.slice(name.length + 1)}.js`;
  return fileReachesNode(folder, join(folder, "node_modules", name, "dist", file), seen);
}

function fileReachesNode(folder: string, path: string, seen: Set<string>): boolean {
  if (seen.has(path) || !existsSync(path)) return false;
  seen.add(path);
  const imported = ts
    .preProcessFile(readFileSync(path, "utf8"), true, true)
    .importedFiles.map(({ fileName }) => fileName);
  return imported.some((specifier) => {
    if (specifier.startsWith("node:") || NODE_ENGINES.includes(packageOf(specifier))) return true;
    if (specifier.startsWith(".")) return fileReachesNode(folder, join(path, "..", specifier), seen);
    return specifier.startsWith("@disp/") && reachesNode(folder, specifier, seen);
  });
}
