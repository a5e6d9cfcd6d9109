import type { Problem } from "./problem.ts";
import type { Door, Manifest } from "./workspace.ts";

/** What strangers get: the paths in a tarball, and its package.json as text. */
export interface Tarball {
  /** From the root of the repository, for problems: `packages/retry`. */
  readonly path: string;
  readonly files: readonly string[];
  readonly packageJson: string;
}

const DOCUMENTS = ["README.md", "LICENSE", "package.json"];

/** A tarball holds the built doors and its documents, and nothing of the workspace. */
export function tarballProblems(tarball: Tarball, doors: readonly Door[], hasChangelog: boolean): Problem[] {
  const { path, files, packageJson } = tarball;
  const wanted = [...DOCUMENTS, ...(hasChangelog ? ["CHANGELOG.md"] : []), ...doors.flatMap(builtFiles)];
  const missing = wanted.filter((file) => !files.includes(file));
  const surplus = files.filter((file) => !DOCUMENTS.includes(file) && file !== "CHANGELOG.md" && !isBuilt(file));
  const manifest = JSON.parse(packageJson) as Manifest;
  const ours = ["disp", "scripts", "devDependencies"].filter((field) => field in manifest);
  const traces = ["workspace:", "@disp/source", "catalog:"].filter((trace) => packageJson.includes(trace));
  const inside = Object.values(manifest.dependencies ?? {});
  return [
    ...missing.map((file) => ({ path, what: `its tarball lacks ${file}`, cure: "Run pnpm build, or write that file" })),
    ...surplus.map((file) => ({ path, what: `its tarball holds ${file}`, cure: 'Keep "files" to ["dist"]' })),
    ...ours.map((field) => ({ path, what: `its packed package.json has "${field}"`, cure: "See .pnpmfile.cjs" })),
    ...traces.map((trace) => ({ path, what: `its packed package.json says "${trace}"`, cure: "Pack it with pnpm" })),
    ...inside
      .filter((range) => !/^\^\d/.test(range))
      .map((range) => ({ path, what: `it is packed with the range "${range}"`, cure: 'Write "workspace:^"' })),
  ];
}

function builtFiles({ name }: Door): string[] {
  return [".js", ".cjs", ".d.ts", ".d.cts"].map((ending) => `dist/${name}${ending}`);
}

function isBuilt(file: string): boolean {
  return /^dist\/[^/]+\.(?:c?js|d\.c?ts|c?js\.map)$/.test(file) && !file.includes(".test.");
}
