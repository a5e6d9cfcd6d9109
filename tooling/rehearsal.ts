import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mustRun } from "./command.ts";
import { type Problem, report } from "./problem.ts";
import { type Registry, startRegistry } from "./registry.ts";
import { starterProblems } from "./starters.ts";
import { type Member, readPackages, ROOT } from "./workspace.ts";

/**
 * A release of the last commit, to a registry of its own. Then each package is installed in a project of its own, where
 * the programs of its README must run. Nothing of it stays.
 */
export async function rehearse(root: string): Promise<Problem[]> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "disp-release-")));
  let registry: Registry | undefined;
  try {
    const clone = await cloneOf(root, join(folder, "clone"));
    await mustRun("pnpm", ["exec", "changeset", "version"], clone);
    const members = readPackages(clone).filter(({ isPublic }) => isPublic);
    console.log(readFileSync(join(clone, "packages/core/CHANGELOG.md"), "utf8"));
    await mustRun("pnpm", ["build"], clone);
    registry = await startRegistry(join(folder, "registry"));
    await publish(clone, members, registry);
    const problems: Problem[] = [];
    for (const member of members) problems.push(...(await strangerProblems(folder, member, registry)));
    return problems;
  } finally {
    await registry?.stop();
    rmSync(folder, { recursive: true });
  }
}

async function cloneOf(root: string, clone: string): Promise<string> {
  await mustRun("git", ["clone", "--quiet", `file://${root}`, clone], root);
  await mustRun("pnpm", ["install", "--frozen-lockfile", "--prefer-offline"], clone);
  return clone;
}

async function publish(clone: string, members: readonly Member[], registry: Registry): Promise<void> {
  for (const member of members) withoutProvenance(member);
  writeFileSync(join(clone, ".npmrc"), registry.npmrc, { flag: "a" });
  await mustRun("pnpm", ["exec", "changeset", "publish", "--no-git-tag"], clone, {
    npm_config_registry: registry.url,
  });
}

/** Only the real registry, and a build server that vouches for it, can say where a package comes from. */
function withoutProvenance({ folder, manifest }: Member): void {
  const publishConfig = { ...manifest.publishConfig, provenance: false };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ ...manifest, publishConfig }, null, 2));
}

/** Installs one package in an empty project, with a client where it works over one, and tries its README's programs. */
async function strangerProblems(folder: string, member: Member, registry: Registry): Promise<Problem[]> {
  const project = join(folder, "projects", member.path);
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, "package.json"), "{}");
  writeFileSync(join(project, ".npmrc"), registry.npmrc);
  const clients = Object.keys(member.manifest.peerDependencies ?? {}).filter((name) => name === "ioredis");
  await mustRun("npm", ["install", "--no-audit", "--no-fund", member.name, ...clients], project);
  return starterProblems(project, [member]);
}

if (import.meta.filename === process.argv[1]) report(await rehearse(ROOT));
