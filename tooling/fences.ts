import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fencesOf } from "./fence.ts";
import { type FenceModule, FOLDER, moduleOf } from "./fence-module.ts";
import { fenceTypes } from "./fence-types.ts";
import { type Problem, report } from "./problem.ts";
import { filesIn, isSource, readPackages, ROOT } from "./workspace.ts";

/** Of what else is in docs, examples tell how things were, or come from doc comments. */
const DOCS = ["docs", "docs/guides", "docs/guides/coming-from"];

/** The modules of all examples in the documentation, and what is wrong with them. */
export function collectFences(root: string): { modules: FenceModule[]; problems: Problem[] } {
  const found = documents(root).map((path) => fencesOf(path, readFileSync(join(root, path), "utf8")));
  const modules = found.flatMap(({ fences }) => fences.map(moduleOf));
  return {
    modules,
    problems: [...found.flatMap(({ problems }) => problems), ...modules.flatMap(({ problems }) => problems)],
  };
}

/** Makes the folder hold exactly these modules. What has not changed is not written again. */
export function writeFences(root: string, modules: readonly FenceModule[]): void {
  const folder = join(root, FOLDER);
  const wanted = new Map(modules.map(({ file, text }) => [file, text]));
  for (const file of filesIn(folder)) if (!wanted.has(file)) rmSync(join(folder, file));
  for (const [file, text] of wanted) writeIfChanged(join(folder, file), text);
  linkPackages(root);
}

/** Files that may hold examples, from the root. */
function documents(root: string): string[] {
  const packages = readPackages(root);
  const docs = DOCS.flatMap((folder) => pagesIn(root, folder));
  return [
    ...["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"],
    ...packages.map(({ path }) => `${path}/README.md`),
    ...docs,
    ...packages.flatMap(({ path, folder }) =>
      filesIn(join(folder, "src"))
        .filter(isSource)
        .map((file) => `${path}/src/${file}`),
    ),
  ].filter((path) => existsSync(join(root, path)));
}

function pagesIn(root: string, folder: string): string[] {
  const path = join(root, folder);
  const names = existsSync(path) ? readdirSync(path).sort() : [];
  return names.filter((name) => name.endsWith(".md")).map((name) => `${folder}/${name}`);
}

function writeIfChanged(path: string, text: string): void {
  if (existsSync(path) && readFileSync(path, "utf8") === text) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Examples import packages, and the clients those take, by name: here they are installed for them. */
function linkPackages(root: string): void {
  const installed = join(root, FOLDER, "node_modules");
  const packages = readPackages(root);
  const peers = packages.flatMap(({ folder, manifest }) =>
    Object.keys(manifest.peerDependencies ?? {}).map((name) => ({ name, folder: join(folder, "node_modules", name) })),
  );
  for (const { name, folder } of [...packages, ...peers]) link(join(installed, name), folder);
  for (const name of readdirIfThere(join(installed, "@disp"))) {
    if (!packages.some((member) => member.name === `@disp/${name}`)) rmSync(join(installed, "@disp", name));
  }
}

function link(path: string, target: string): void {
  if (!existsSync(target) || lstatSync(path, { throwIfNoEntry: false }) !== undefined) return;
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(target, path, "junction");
}

function readdirIfThere(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}

if (import.meta.filename === process.argv[1]) {
  const { modules, problems } = collectFences(ROOT);
  writeFences(ROOT, modules);
  report(process.argv.includes("--types") ? [...problems, ...fenceTypes(ROOT, modules)] : problems);
}
