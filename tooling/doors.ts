import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { doorFileProblems } from "./door-file.ts";
import { entriesOf, privateExportsOf } from "./exports-map.ts";
import { metadataProblems } from "./metadata.ts";
import type { Problem } from "./problem.ts";
import { behaves } from "./room.ts";
import { doorsOf, filesIn, isSource, type Member, readPackages } from "./workspace.ts";

/** The one package that is the front of the whole family. */
const FRONT = "@disp/core";

/** A package's exports are its files `src/*.ts`, those are lists of names, and each room has its test beside it. */
export function doors(root: string): Problem[] {
  return readPackages(root).flatMap((member) => [
    ...exportsProblems(member),
    ...fileProblems(root, member),
    ...roomProblems(member),
    ...metadataProblems(member),
  ]);
}

function exportsProblems(member: Member): Problem[] {
  const doors = doorsOf(member);
  const { exports, publishConfig } = member.manifest;
  if (doors[0]?.name !== "index") {
    return [{ path: member.path, what: "it has no main door", cure: "Write src/index.ts" }];
  }
  if (!member.isPublic) return differing(member, "exports", exports, privateExportsOf(doors));
  const entries = entriesOf(doors);
  return [
    ...differing(member, "exports", exports, entries.exports),
    ...differing(member, "publishConfig.exports", publishConfig?.exports, entries.publishedExports),
  ];
}

// Compared as text, for the order of conditions decides which one is taken.
function differing(member: Member, field: string, found: unknown, wanted: object): Problem[] {
  if (JSON.stringify(found) === JSON.stringify(wanted)) return [];
  const what = `"${field}" does not match the files src/*.ts`;
  return [{ path: `${member.path}/package.json`, what, cure: `Write, in this order: ${JSON.stringify(wanted)}` }];
}

function fileProblems(root: string, member: Member): Problem[] {
  if (!member.isPublic) return [];
  return doorsOf(member).flatMap((door) =>
    doorFileProblems(door, readFileSync(join(root, door.path), "utf8"), { mayExportAll: member.name === FRONT }),
  );
}

function roomProblems(member: Member): Problem[] {
  const folder = join(member.folder, "src/lib");
  return filesIn(folder)
    .filter((file) => isSource(file) && !existsSync(join(folder, file.replace(/\.ts$/, ".test.ts"))))
    .filter((file) => behaves(readFileSync(join(folder, file), "utf8")))
    .map((file) => ({
      path: `${member.path}/src/lib/${file}`,
      what: "it has no test beside it",
      cure: `Write src/lib/${file.replace(/\.ts$/, ".test.ts")}`,
    }));
}
