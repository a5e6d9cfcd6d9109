import { describe, expect, test } from "vitest";
import { behaves } from "./room.ts";

describe("a room", () => {
  test.each([
    "export interface A { readonly a: number }",
    'import type { B } from "./b.ts";\nexport type A = B | undefined;',
    "export class FullError extends Error { readonly code = 1; constructor(readonly size: number) { super(`${size}`); } }",
    "export const DEFAULTS = { maxItems: 20, nested: { order: 'fifo' } } as const;",
    'export type { A } from "./a.ts";',
  ])("without behaviour needs no test: %s", (text) => {
    expect(behaves(text)).toBe(false);
  });

  test.each([
    "export function a(): void {}",
    "export class Queue {}",
    "export const a = () => 1;",
    "export const a = { b() { return 1; } };",
    "export const a = Object.freeze({});",
    "console.log(1);",
  ])("with behaviour needs one: %s", (text) => {
    expect(behaves(text)).toBe(true);
  });
});
