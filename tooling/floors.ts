import { join } from "node:path";
import { type Import, importsOf, packageOf } from "./imports.ts";
import type { Problem } from "./problem.ts";
import { doorsOf, filesIn, isSource, type Member, readApps, readPackages } from "./workspace.ts";

/** The floor of private packages: they are bundled into those above. */
const BASEMENT = -1;

/** Clients that a caller may bring along. */
const PEERS = ["bullmq", "ioredis", "redis"];

/** Packages depend downwards only, on nothing from outside, and apps use public doors. */
export function floors(root: string): Problem[] {
  const packages = readPackages(root);
  const byName = new Map(packages.map((member) => [member.name, member]));
  return [
    ...packages.flatMap((member) => [
      ...floorProblems(member),
      ...dependencyProblems(member, byName),
      ...strangerProblems(member),
      ...importProblems(root, member),
    ]),
    ...readApps(root).flatMap((app) => appProblems(root, app, byName)),
  ];
}

function floorOf(member: Member): number {
  return member.manifest.disp?.floor ?? Number.NaN;
}

function floorProblems(member: Member): Problem[] {
  const floor = floorOf(member);
  if (!Number.isInteger(floor)) {
    return [problem(member, "it has no floor", 'Add "disp": { "floor": n }, one more than the highest floor it uses')];
  }
  if (member.isPublic === floor > BASEMENT) return [];
  return [problem(member, `floor ${floor} does not fit`, "Private packages are on floor -1, all others on 0 or above")];
}

function dependencyProblems(member: Member, byName: ReadonlyMap<string, Member>): Problem[] {
  const { dependencies, devDependencies, peerDependencies } = member.manifest;
  const runtime = Object.keys({ ...dependencies, ...peerDependencies });
  return [
    ...runtime.flatMap((name) => edgeProblems(member, byName.get(name), true)),
    ...Object.keys(devDependencies ?? {}).flatMap((name) => edgeProblems(member, byName.get(name), false)),
  ];
}

function edgeProblems(from: Member, to: Member | undefined, isRuntime: boolean): Problem[] {
  if (to === undefined) return [];
  const problems: Problem[] = [];
  if (!(floorOf(to) < floorOf(from))) {
    const what = `it depends on ${to.name}, floor ${floorOf(to)}, from floor ${floorOf(from)}`;
    problems.push(problem(from, what, "Depend on lower floors only"));
  }
  if (isRuntime && !to.isPublic) {
    problems.push(problem(from, `it depends on the private ${to.name}`, "Make that a devDependency: it is bundled in"));
  }
  if (!isRuntime && to.isPublic) {
    problems.push(problem(from, `${to.name} is a devDependency`, "Make that a dependency: it is not bundled in"));
  }
  return problems;
}

function strangerProblems(member: Member): Problem[] {
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = member.manifest;
  const strangers = Object.keys({ ...dependencies, ...optionalDependencies }).filter((name) => !isOurs(name));
  const peers = Object.keys(peerDependencies ?? {}).filter((name) => !isOurs(name));
  return [
    ...strangers.map((name) =>
      problem(member, `it depends on ${name}`, "Do without: packages have no outside dependencies"),
    ),
    ...peers
      .filter((name) => !PEERS.includes(name) || peerDependenciesMeta?.[name]?.optional !== true)
      .map((name) =>
        problem(member, `its peer ${name} is not allowed`, `Only ${PEERS.join(", ")} may be peers, optional ones`),
      ),
  ];
}

function importProblems(root: string, member: Member): Problem[] {
  const { dependencies, devDependencies, peerDependencies } = member.manifest;
  const inside = Object.keys(devDependencies ?? {}).filter(isOurs);
  const declared = new Set([...Object.keys({ ...dependencies, ...peerDependencies }), ...inside]);
  const used = packageImports(root, member);
  const idle = [...declared].filter((name) => isOurs(name) && !used.some(({ to }) => to === name));
  return [
    ...used
      .filter(({ to }) => !declared.has(to))
      .map(({ path, line, to }) =>
        at(path, line, `it imports ${to}, undeclared`, `Declare it in ${member.path}/package.json`),
      ),
    ...idle.map((name) => problem(member, `it declares ${name} and never imports it`, "Remove it from package.json")),
  ];
}

function packageImports(root: string, member: Member): (Import & { readonly path: string; readonly to: string })[] {
  return codeOf(member)
    .flatMap((path) => importsOf(root, path).map((found) => ({ ...found, path, to: packageOf(found.specifier) })))
    .filter(({ to, specifier }) => !to.startsWith(".") && !specifier.startsWith("node:") && to !== member.name);
}

function codeOf(member: Member): string[] {
  return filesIn(join(member.folder, "src"))
    .filter(isSource)
    .map((file) => `${member.path}/src/${file}`);
}

function appProblems(root: string, app: Member, byName: ReadonlyMap<string, Member>): Problem[] {
  const doors = new Set(
    [...byName.values()]
      .filter(({ isPublic }) => isPublic)
      .flatMap((member) => doorsOf(member).map(({ specifier }) => specifier)),
  );
  const files = filesIn(app.folder).filter((file) => /\.[cm]?[jt]s$/.test(file));
  return files.flatMap((file) =>
    importsOf(root, `${app.path}/${file}`)
      .filter(({ specifier }) => isWayIn(specifier, join("/", app.path, file, "..")) && !doors.has(specifier))
      .map(({ specifier, line }) =>
        at(
          `${app.path}/${file}`,
          line,
          `it imports ${specifier}, no public door`,
          "Import a package by the name of a door",
        ),
      ),
  );
}

/** Whether an import leads to a package of ours, by name or by path. */
function isWayIn(specifier: string, from: string): boolean {
  if (specifier.startsWith(".")) return join(from, specifier).startsWith(join("/packages/"));
  return isOurs(specifier);
}

function isOurs(name: string): boolean {
  return name.startsWith("@disp/");
}

function problem(member: Member, what: string, cure: string): Problem {
  return { path: `${member.path}/package.json`, what, cure };
}

function at(path: string, line: number, what: string, cure: string): Problem {
  return { path: `${path}:${line}`, what, cure };
}
