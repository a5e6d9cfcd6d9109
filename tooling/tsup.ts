import { join } from "node:path";
import { defineConfig, type Options } from "tsup";
import { readPackages, ROOT } from "./workspace.ts";

const basement = readPackages(ROOT).filter((member) => !member.isPublic);

/**
 * The one build preset. Every door (`src/*.ts`) becomes an ES module and a CommonJS module with their types.
 * Dependencies stay imports; the private packages (devDependencies) are bundled in, and their types with them.
 */
export const preset: Options = {
  entry: ["src/*.ts", "!src/*.test.ts"],
  format: ["esm", "cjs"],
  dts: {
    // `await using` is younger than the lib of most projects, and a reference in a source file is lost on the way.
    banner: '/// <reference lib="esnext.disposable" />',
    compilerOptions: {
      // tsup sets baseUrl, which TypeScript 6 reports as deprecated.
      ignoreDeprecations: "6.0",
      // Without a path the bundler of types takes a linked package for an installed one and leaves the import in.
      paths: Object.fromEntries(basement.map(({ name, folder }) => [name, [join(folder, "src/index.ts")]])),
    },
  },
  external: [/^node:/],
  removeNodeProtocol: false,
  sourcemap: true,
  clean: true,
  target: "es2022",
  platform: "neutral",
  // Doors of one package share their classes, in CommonJS too: `instanceof` holds across doors.
  splitting: true,
  treeshake: true,
  silent: true,
};

export default defineConfig(preset);
