import { defineConfig, type Options } from "tsup";

/**
 * The one build preset. Every door (`src/*.ts`) becomes an ES module and a CommonJS module with their types.
 * Dependencies stay imports; the private packages (devDependencies) are bundled in.
 */
export const preset: Options = {
  entry: ["src/*.ts"],
  format: ["esm", "cjs"],
  dts: { compilerOptions: { ignoreDeprecations: "6.0", allowImportingTsExtensions: false } },
  sourcemap: true,
  clean: true,
  target: "es2022",
  platform: "neutral",
  splitting: true,
  treeshake: true,
  removeNodeProtocol: false,
  silent: true,
};

export default defineConfig(preset);
