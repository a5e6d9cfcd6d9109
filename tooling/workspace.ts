import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const ROOT: string = fileURLToPath(new URL("..", import.meta.url));

type Ranges = Readonly<Record<string, string>>;

/** What the checks read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly disp?: { readonly floor?: number };
  readonly exports?: unknown;
  readonly publishConfig?: { readonly exports?: unknown; readonly access?: string; readonly provenance?: boolean };
  readonly dependencies?: Ranges;
  readonly devDependencies?: Ranges;
  readonly peerDependencies?: Ranges;
  readonly optionalDependencies?: Ranges;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** A package or an app of the workspace. */
export interface Member {
  readonly name: string;
  /** From the root, with slashes: `packages/retry`. */
  readonly path: string;
  /** Absolute. */
  readonly folder: string;
  readonly isPublic: boolean;
  readonly manifest: Manifest;
}

/** A public entrance of a package: a file `src/<name>.ts`. */
export interface Door {
  /** `index`, `redis`. */
  readonly name: string;
  /** As package.json exports it: `.`, `./redis`. */
  readonly subpath: string;
  /** As code imports it: `@disp/retry`, `@disp/ratelimit/redis`. */
  readonly specifier: string;
  /** From the root: `packages/ratelimit/src/redis.ts`. */
  readonly path: string;
}

/** The packages of the workspace, by name. */
export function readPackages(root: string): Member[] {
  return readMembers(root, "packages");
}

/** The apps of the workspace, by name. */
export function readApps(root: string): Member[] {
  return readMembers(root, "apps");
}

/** The doors of a package as its `src` folder has them, `index` first. */
export function doorsOf(member: Member): Door[] {
  return filesIn(join(member.folder, "src"))
    .filter((file) => !file.includes("/") && isSource(file))
    .map((file) => toDoor(member, file.slice(0, -".ts".length)))
    .sort((a, b) => Number(b.name === "index") - Number(a.name === "index") || (a.name < b.name ? -1 : 1));
}

/** Every file below a folder but in the folders to skip, as paths from it with slashes, sorted. */
export function filesIn(folder: string, skip: readonly string[] = ["node_modules", "dist"]): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      if (!entry.isDirectory()) return [entry.name];
      if (skip.includes(entry.name)) return [];
      return filesIn(join(folder, entry.name), skip).map((file) => `${entry.name}/${file}`);
    })
    .sort();
}

/** Whether a file is code that ships, not a test. */
export function isSource(file: string): boolean {
  return file.endsWith(".ts") && !/\.(?:test|test-d|d)\.ts$/.test(file);
}

function readMembers(root: string, group: string): Member[] {
  const folder = join(root, group);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, "package.json")))
    .sort()
    .map((name) => readMember(join(folder, name), `${group}/${name}`));
}

function readMember(folder: string, path: string): Member {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  return { name: manifest.name, path, folder, isPublic: manifest.private !== true, manifest };
}

function toDoor(member: Member, name: string): Door {
  const path = `${member.path}/src/${name}.ts`;
  if (name === "index") return { name, path, subpath: ".", specifier: member.name };
  return { name, path, subpath: `./${name}`, specifier: `${member.name}/${name}` };
}
