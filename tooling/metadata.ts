import type { Problem } from "./problem.ts";
import type { Member } from "./workspace.ts";

const HOME = "https://github.com/disp-ts/disp";

/** A field as package.json must have it: a fixed value, or any that is filled in. */
interface Rule {
  readonly field: string;
  /** Undefined: any text or non-empty list. */
  readonly value?: unknown;
}

/** package.json says what strangers look for: what it is, whose it is, where it runs. */
export function metadataProblems(member: Member): Problem[] {
  const rules = member.isPublic ? [...rulesForAll(), ...publicRules(member.path)] : rulesForAll();
  return rules.filter((rule) => !holds(member.manifest, rule)).map((rule) => toProblem(member, rule));
}

function rulesForAll(): Rule[] {
  return [
    { field: "description" },
    { field: "license", value: "MIT" },
    { field: "type", value: "module" },
    { field: "sideEffects", value: false },
    { field: "engines", value: { node: ">=20.19" } },
  ];
}

function publicRules(path: string): Rule[] {
  return [
    { field: "keywords" },
    { field: "homepage", value: `${HOME}/tree/main/${path}#readme` },
    { field: "bugs", value: `${HOME}/issues` },
    { field: "repository", value: { type: "git", url: `git+${HOME}.git`, directory: path } },
    { field: "main", value: "./dist/index.cjs" },
    { field: "module", value: "./dist/index.js" },
    { field: "types", value: "./dist/index.d.ts" },
    { field: "files", value: ["dist"] },
    { field: "publishConfig.access", value: "public" },
    { field: "publishConfig.provenance", value: true },
  ];
}

function holds(manifest: object, { field, value }: Rule): boolean {
  const found = read(manifest, field);
  if (value !== undefined) return JSON.stringify(found) === JSON.stringify(value);
  return (typeof found === "string" || Array.isArray(found)) && found.length > 0;
}

function read(value: unknown, field: string): unknown {
  return field
    .split(".")
    .reduce<unknown>((at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined), value);
}

function toProblem(member: Member, { field, value }: Rule): Problem {
  const cure = value === undefined ? "Fill it in" : `Write ${JSON.stringify(value)}`;
  return { path: `${member.path}/package.json`, what: `"${field}" is missing or wrong`, cure };
}
