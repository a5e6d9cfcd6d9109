import { show } from "@disp/options";

/**
 * Checks what goes into a command. What clients would make of anything else nobody wants in a database: `"undefined"`,
 * `"[object Object]"`, `"1,2"`.
 *
 * @throws TypeError unless all are strings, numbers or Buffers.
 */
export function checkArguments(action: string, path: string, list: readonly (string | number)[]): void {
  if (!Array.isArray(list)) {
    throw new TypeError(`Cannot ${action}: ${path} must be an array of strings, got ${show(list)}`);
  }
  for (let index = 0; index < list.length; index += 1) {
    const value: unknown = list[index];
    if (typeof value === "string" || typeof value === "number" || isBuffer(value)) continue;
    throw new TypeError(
      `Cannot ${action}: ${path}[${index}] must be a string, a number or a Buffer, got ${show(value)}`,
    );
  }
}

/** A copy of them, with the numbers as texts: not all clients take those. @throws what `checkArguments` throws. */
export function toArguments(action: string, path: string, list: readonly (string | number)[]): string[] {
  checkArguments(action, path, list);
  return list.map((value) => (typeof value === "number" ? String(value) : value));
}

/** Clients know the class of Node alone; what it extends they write as a list of numbers. */
function isBuffer(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && value.constructor !== Uint8Array;
}
