import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as umbrella from "@disp/core";
import { describe, expect, it } from "vitest";

const PACKAGES = join(import.meta.dirname, "../..");

interface Manifest {
  readonly name: string;
  readonly private?: boolean;
}

/** What a root door exports by its own lists, and which other doors it opens as a whole. */
interface Door {
  readonly values: readonly string[];
  readonly types: readonly string[];
  readonly opens: readonly string[];
}

interface PublicPackage {
  readonly name: string;
  readonly path: string;
  readonly door: Door;
}

/** The names in `{ a, type B, c as d }`, each with whether it is a type. */
function namesOf(list: string, allAreTypes: boolean): { name: string; isType: boolean }[] {
  const entries = list.split(",").map((entry) => entry.trim());
  return entries
    .filter((entry) => entry !== "")
    .map((entry) => ({
      name: entry.split(/\s+/).at(-1)!,
      isType: allAreTypes || entry.startsWith("type "),
    }));
}

function readDoor(path: string): Door {
  const text = readFileSync(path, "utf8").replace(/\/\*[^]*?\*\/|\/\/.*/g, "");
  const lists = [...text.matchAll(/^export (type )?\{([^}]*)\} from "[^"]+";/gm)];
  const opens = [...text.matchAll(/^export \* from "([^"]+)";/gm)].map(([, name]) => name!);
  const statements = [...text.matchAll(/^export\b/gm)].length;
  if (statements !== lists.length + opens.length)
    throw new Error(`${path} exports in a way that this test cannot read`);
  const names = lists.flatMap(([, type, list]) => namesOf(list!, type !== undefined));
  return {
    values: names.filter(({ isType }) => !isType).map(({ name }) => name),
    types: names.filter(({ isType }) => isType).map(({ name }) => name),
    opens,
  };
}

/** All packages that strangers can install and that have a root door, by the order of their folders. */
function publicPackages(): PublicPackage[] {
  return readdirSync(PACKAGES)
    .map((folder) => join(PACKAGES, folder))
    .filter((folder) => existsSync(join(folder, "package.json")) && existsSync(join(folder, "src/index.ts")))
    .map((folder) => ({
      folder,
      manifest: JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest,
    }))
    .filter(({ manifest }) => manifest.private !== true && manifest.name.startsWith("@disp/"))
    .map(({ folder, manifest }) => {
      const path = join(folder, "src/index.ts");
      return { name: manifest.name, path, door: readDoor(path) };
    });
}

const all = publicPackages();
const core = all.find(({ name }) => name === "@disp/core")!;
const others = all.filter((each) => each !== core);

const sorted = (names: Iterable<string>): string[] => [...names].sort();

/** The doors besides the root, as "package/door". */
function sideDoors(): { folder: string; door: string }[] {
  return readdirSync(PACKAGES).flatMap((folder) => {
    const path = join(PACKAGES, folder, "src");
    const files = existsSync(path) ? readdirSync(path) : [];
    const doors = files.filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && file !== "index.ts");
    return doors.map((file) => ({ folder, door: file.slice(0, -3) }));
  });
}

describe("the other doors of @disp/core", () => {
  const doors = sideDoors().filter(({ folder }) => folder !== "core");

  it("have others to stand for", () => {
    expect(doors).toContainEqual({ folder: "worker-pool", door: "threads" });
  });

  it.each(doors)("export everything of @disp/$folder/$door", async ({ folder, door }) => {
    const values = (await import(join(PACKAGES, folder, "src", `${door}.ts`))) as Record<string, unknown>;
    const mine = (await import(join(PACKAGES, "core/src", `${door}.ts`))) as Record<string, unknown>;
    expect(Object.keys(mine)).toEqual(expect.arrayContaining(Object.keys(values)));
    for (const [name, value] of Object.entries(values)) expect(mine[name]).toBe(value);
    expect(readDoor(join(PACKAGES, "core/src", `${door}.ts`)).opens).toContain(`@disp/${folder}/${door}`);
  });
});

describe("the root door of @disp/core", () => {
  it("has others to stand for", () => {
    expect(others.map(({ name }) => name)).toContain("@disp/buffer");
    expect(others.length).toBeGreaterThanOrEqual(4);
  });

  it.each(others)("exports every value of $name, the very same", async ({ path, door }) => {
    const values = (await import(path)) as Record<string, unknown>;
    expect(sorted(door.values)).toEqual(sorted(Object.keys(values)));
    const missing = Object.entries(values).filter(
      ([name, value]) => (umbrella as Record<string, unknown>)[name] !== value,
    );
    expect(missing.map(([name]) => name)).toEqual([]);
  });

  it.each(others)("exports every type of $name", ({ name, door }) => {
    const exported = new Set(core.door.opens.includes(name) ? door.types : core.door.types);
    expect(door.types.filter((type) => !exported.has(type))).toEqual([]);
  });

  it("exports each name of the family once, for two of one name would hide each other", () => {
    const names = all.flatMap(({ door }) => [...door.values, ...door.types]);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it("exports nothing that no list names", () => {
    const listed = all.flatMap(({ door }) => door.values);
    expect(sorted(Object.keys(umbrella))).toEqual(sorted(listed));
  });
});
