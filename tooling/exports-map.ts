import type { Door } from "./workspace.ts";

interface Target {
  readonly types: string;
  readonly default: string;
}

type Conditions = Readonly<Record<string, string | Target>>;

/** The entry fields a package.json must have, so that its doors are exactly the files `src/*.ts`. */
export interface Entries {
  /** Inside the workspace: the sources come first. */
  readonly exports: Readonly<Record<string, string | Conditions>>;
  /** In the published package: built files only. */
  readonly publishedExports: Readonly<Record<string, string | Conditions>>;
}

/** What `exports` and `publishConfig.exports` of a public package must hold, in this order. */
export function entriesOf(doors: readonly Door[]): Entries {
  return {
    exports: mapOf(doors, ({ name }) => ({ "@disp/source": `./src/${name}.ts`, ...built(name) })),
    publishedExports: mapOf(doors, ({ name }) => built(name)),
  };
}

/** What `exports` of a private package must hold: its source, for it is only ever bundled. */
export function privateExportsOf(doors: readonly Door[]): Readonly<Record<string, string>> {
  return Object.fromEntries(doors.map(({ subpath, name }) => [subpath, `./src/${name}.ts`]));
}

function mapOf(doors: readonly Door[], toConditions: (door: Door) => Conditions): Record<string, string | Conditions> {
  return {
    ...Object.fromEntries(doors.map((door) => [door.subpath, toConditions(door)])),
    "./package.json": "./package.json",
  };
}

function built(name: string): Conditions {
  return {
    import: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
    require: { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` },
  };
}
