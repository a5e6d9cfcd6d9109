import { defineConfig } from "vitest/config";

// Everything runs from source: this condition leads an import of "@disp/x" to packages/x/src.
const conditions = ["@disp/source", "module", "node", "development|production"];
const fromSource = { resolve: { conditions }, ssr: { resolve: { conditions } } };

export default defineConfig({
  test: {
    projects: [
      {
        ...fromSource,
        test: {
          name: "unit",
          include: ["{packages,apps}/*/{src,test}/**/*.test.ts", "tooling/**/*.test.ts"],
          execArgv: ["--expose-gc"],
        },
      },
      {
        ...fromSource,
        test: { name: "examples", include: [".fences/**/*.test.ts"] },
      },
      {
        ...fromSource,
        test: {
          name: "types",
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ["packages/*/test/**/*.test-d.ts"],
            tsconfig: "tsconfig.types.json",
          },
        },
      },
    ],
    coverage: {
      provider: "v8",
      include: ["packages/*/src/**/*.ts"],
      exclude: ["**/*.test.ts"],
    },
  },
});
