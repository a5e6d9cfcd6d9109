import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { type Problem, report } from "./problem.ts";
import { readTable, renew, sizeProblems, TABLE, writeTable } from "./size-table.ts";
import { type Door, doorsOf, type Member, readPackages, ROOT } from "./workspace.ts";

/** Every public door is within its budget, and the table says today's sizes. */
export async function sizes(root: string): Promise<Problem[]> {
  return sizeProblems(readTable(readFileSync(join(root, TABLE), "utf8")), await measure(root));
}

/** Bytes of every public door, minified and compressed, with all of @disp that it loads. */
export async function measure(root: string): Promise<Map<string, number>> {
  const publicDoors = readPackages(root)
    .filter(({ isPublic }) => isPublic)
    .flatMap((member) => doorsOf(member).map((door) => ({ member, door })));
  const measured = publicDoors.map(
    async ({ member, door }) => [door.specifier, await bytesOf(root, member, door)] as const,
  );
  return new Map(await Promise.all(measured));
}

async function bytesOf(root: string, member: Member, door: Door): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [join(root, door.path)],
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    conditions: ["@disp/source"],
    external: ["node:*", ...Object.keys(member.manifest.peerDependencies ?? {})],
    logLevel: "silent",
  });
  return outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents, { level: 9 }).length, 0);
}

if (import.meta.filename === process.argv[1]) {
  const path = join(ROOT, TABLE);
  const before = readFileSync(path, "utf8");
  const today = await measure(ROOT);
  const after = writeTable(before, renew(readTable(before), today));
  if (process.argv.includes("--write")) writeFileSync(path, after);
  report(sizeProblems(readTable(process.argv.includes("--write") ? after : before), today));
}
