import { defineConfig } from "vitest/config";

// Everything runs from source: this condition leads an import of "@disp/x" to packages/x/src.
const conditions = ["@disp/source", "module", "node", "development|production"];
/** No limit to be met, but an end to what hangs: a busy machine takes its time. */
const patient = { testTimeout: 60_000, hookTimeout: 60_000 };
const fromSource = { resolve: { conditions }, ssr: { resolve: { conditions } } };

export default defineConfig({
  test: {
    // Many tests wait for a server or for a process of theirs: none of the cores is to be left alone meanwhile.
    maxWorkers: "100%",
    projects: [
      {
        ...fromSource,
        test: {
          ...patient,
          name: "unit",
          include: ["{packages,apps}/*/{src,test}/**/*.test.ts"],
          execArgv: ["--expose-gc"],
          globalSetup: ["tooling/redis-for-tests.ts"],
        },
      },
      {
        // Many small files that keep to themselves: one worker for all of them starts and loads the compiler once.
        test: {
          ...patient,
          name: "tooling",
          include: ["tooling/**/*.test.ts", "docs/.vitepress/site/*.test.ts"],
          execArgv: ["--expose-gc"],
          isolate: false,
        },
      },
      {
        // In a browser, on the site as `pnpm site` has built it.
        test: { name: "site", include: ["docs/test/*.test.ts"], testTimeout: 120_000, hookTimeout: 60_000 },
      },
      {
        ...fromSource,
        test: {
          ...patient,
          name: "examples",
          include: [".fences/**/*.test.ts"],
          isolate: false,
          globalSetup: ["tooling/redis-for-tests.ts"],
        },
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
