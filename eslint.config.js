import js from "@eslint/js";
import { defineConfig, globalIgnores } from "eslint/config";
import tseslint from "typescript-eslint";

export default defineConfig(
  globalIgnores(["**/dist/", "**/.turbo/", ".fences/", "coverage/", "docs/api/", "docs/.vitepress/cache/"]),
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      // A signal's reason, or what a user's function threw, is passed on as it is.
      "@typescript-eslint/prefer-promise-reject-errors": "off",
      "@typescript-eslint/only-throw-error": "off",
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: true }],
      "max-lines": ["error", { max: 400, skipBlankLines: false, skipComments: false }],
      "max-lines-per-function": ["error", { max: 50, skipComments: true, skipBlankLines: true }],
      "max-params": "off",
      // A hook may return nothing: `=> Decision | void` says so.
      "@typescript-eslint/no-invalid-void-type": "off",
      eqeqeq: "error",
    },
  },
  {
    // One program for all of them: each tsconfig.json would be one of its own, with its own copy of all types.
    files: ["{packages,apps}/*/{src,test}/**/*.ts", "tooling/**/*.ts"],
    languageOptions: { parserOptions: { projectService: false, project: "tsconfig.lint.json" } },
  },
  {
    // Core code runs in Node, Bun, Deno, browsers and edge workers alike. Threads are Node's own.
    files: ["packages/*/src/**/*.ts"],
    ignores: ["**/*.test.ts", "packages/*/src/lib/threads/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["node:*"], message: "Core code imports no node: module." }] },
      ],
      "no-restricted-globals": ["error", "process", "Buffer", "setImmediate", "clearImmediate", "global", "require"],
      "no-console": ["error", { allow: ["warn"] }],
    },
  },
  {
    files: ["**/*.test.ts", "**/*.test-d.ts", "packages/*/test/**/*.ts"],
    rules: {
      "max-lines": "off",
      "max-lines-per-function": "off",
      "@typescript-eslint/no-empty-function": "off",
      "@typescript-eslint/require-await": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
    },
  },
  {
    files: ["**/*.js", "**/*.mjs", "**/*.cjs", "**/*.config.ts"],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: { console: "readonly", process: "readonly", performance: "readonly", module: "writable" },
    },
  },
);
