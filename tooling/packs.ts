import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { run } from "./command.ts";
import { consumerProblems } from "./consumer.ts";
import type { Problem } from "./problem.ts";
import { starterProblems } from "./starters.ts";
import { tarballProblems } from "./tarball.ts";
import { doorsOf, filesIn, type Member, readPackages } from "./workspace.ts";

/** The packages as strangers get them: packed, looked through, installed elsewhere, loaded, compiled and tried. */
export async function packs(root: string): Promise<Problem[]> {
  const members = readPackages(root).filter(({ isPublic }) => isPublic);
  const folder = join(root, ".packs");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  // Outside of the repository, so that nothing is found in its node_modules.
  const consumer = realpathSync(mkdtempSync(join(tmpdir(), "disp-consumer-")));
  try {
    const problems = (await Promise.all(members.map((member) => packProblems(root, member, folder, consumer)))).flat();
    // A package that is incomplete fails in every other way too: that would only be noise.
    if (problems.length > 0 || members.length === 0) return problems;
    linkTypes(root, members, consumer);
    const specifiers = members.flatMap(doorsOf).map(({ specifier }) => specifier);
    return [...(await consumerProblems(consumer, specifiers)), ...(await starterProblems(consumer, members))];
  } finally {
    rmSync(consumer, { recursive: true });
  }
}

async function packProblems(root: string, member: Member, folder: string, consumer: string): Promise<Problem[]> {
  const packed = await run("pnpm", ["pack", "--json", "--pack-destination", folder], member.folder);
  if (!packed.isOk) return [problem(member, `pnpm pack fails: ${packed.summary}`)];
  const { filename } = JSON.parse(packed.stdout) as { filename: string };
  const tarball = join(folder, basename(filename));
  const installed = join(consumer, "node_modules", member.name);
  mkdirSync(installed, { recursive: true });
  const extracted = await run("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"], root);
  if (!extracted.isOk) return [problem(member, `tar fails: ${extracted.summary}`)];
  const content = contentProblems(member, installed);
  if (content.length > 0) return content;
  return [...(await publintProblems(member, tarball)), ...(await typesProblems(root, member, tarball))];
}

function contentProblems(member: Member, installed: string): Problem[] {
  const packageJson = readFileSync(join(installed, "package.json"), "utf8");
  const hasChangelog = existsSync(join(member.folder, "CHANGELOG.md"));
  return tarballProblems(
    { path: member.path, files: filesIn(installed, []), packageJson },
    doorsOf(member),
    hasChangelog,
  );
}

async function publintProblems(member: Member, tarball: string): Promise<Problem[]> {
  const bytes = readFileSync(tarball);
  const { messages, pkg } = await publint({ pack: { tarball: new Uint8Array(bytes).buffer }, strict: true });
  return messages.map((message) =>
    problem(member, `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`),
  );
}

// The profile leaves out the resolution of Node 10, which knows no subpaths.
async function typesProblems(root: string, member: Member, tarball: string): Promise<Problem[]> {
  const attw = join(root, "node_modules/.bin/attw");
  const outcome = await run(attw, [tarball, "--profile", "node16", "--no-color", "--no-emoji"], root);
  return outcome.isOk ? [] : [problem(member, `attw: ${outcome.summary}`)];
}

/** Node's types, and those of the clients that a caller brings along. */
function linkTypes(root: string, members: readonly Member[], consumer: string): void {
  const peers = members.flatMap(({ folder, manifest }) =>
    Object.keys(manifest.peerDependencies ?? {}).map((name) => ({ name, target: join(folder, "node_modules", name) })),
  );
  mkdirSync(join(consumer, "node_modules/@types"), { recursive: true });
  for (const { name, target } of [{ name: "@types/node", target: join(root, "node_modules/@types/node") }, ...peers]) {
    const path = join(consumer, "node_modules", name);
    if (existsSync(target) && !existsSync(path)) symlinkSync(target, path, "junction");
  }
}

function problem(member: Member, what: string): Problem {
  return { path: member.path, what, cure: "Correct the package, build it and pack it again" };
}
