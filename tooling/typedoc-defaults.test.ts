import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ts from "typescript";
import { afterEach, describe, expect, it } from "vitest";
import { valuesOf } from "./typedoc-defaults.js";

const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** The values of X_DEFAULTS in `a.ts`, which may import from `./b.ts`. */
function values(a: string, b = "export {};"): string {
  const folder = mkdtempSync(join(tmpdir(), "disp-defaults-"));
  folders.push(folder);
  writeFileSync(join(folder, "b.ts"), b);
  writeFileSync(join(folder, "a.ts"), a);
  const path = join(folder, "a.ts");
  const program = ts.createProgram([path], { allowImportingTsExtensions: true, noEmit: true, noLib: true, types: [] });
  const checker = program.getTypeChecker();
  const module = checker.getSymbolAtLocation(program.getSourceFile(path)!)!;
  return valuesOf(checker.getExportsOfModule(module).find(({ name }) => name === "X_DEFAULTS")!, checker);
}

describe("valuesOf", () => {
  it("prints what is in the object, frozen or not, also inside of others", () => {
    const text = 'Object.freeze({ n: 1_000, s: "a", forever: Infinity, in: Object.freeze({ is: true } as const) })';
    expect(values(`export const X_DEFAULTS: unknown = ${text};`)).toBe(
      '{\n  n: 1_000,\n  s: "a",\n  forever: Infinity,\n  in: {\n    is: true,\n  },\n}',
    );
  });

  it("prints the value for a name of this file or of another", () => {
    const a = 'import { B } from "./b.ts"; const HERE = 2; export const X_DEFAULTS = { here: HERE, there: B.deep.n };';
    expect(values(a, "export const B = Object.freeze({ deep: { n: 3 } });")).toBe("{\n  here: 2,\n  there: 3,\n}");
  });

  it("follows an export from elsewhere to where the constant is", () => {
    expect(values('export { X_DEFAULTS } from "./b.ts";', "export const X_DEFAULTS = { n: 3 };")).toBe("{\n  n: 3,\n}");
  });

  it("leaves calls and functions as they are written", () => {
    const a =
      "function f() {} const g = () => 1; export const X_DEFAULTS = { f: f, cores: 16 *\n  f(), policy: g(), g: g };";
    expect(values(a)).toBe("{\n  f: f,\n  cores: 16 * f(),\n  policy: g(),\n  g: g,\n}");
  });

  it("refuses what it cannot print", () => {
    expect(() => values("export const X_DEFAULTS = f();")).toThrow(
      "Cannot print the defaults: X_DEFAULTS must be an object literal, got f()",
    );
    expect(() => values("const n = 1; export const X_DEFAULTS = { n };")).toThrow("n must be name: value, got n");
  });
});
