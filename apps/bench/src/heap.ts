import { getHeapStatistics } from "node:v8";

/** Bytes in use after a full collection: on the heap, and in arrays of numbers, which lie beside it. Needs `--expose-gc`. */
export function cleanBytes(): number {
  if (globalThis.gc === undefined) throw new Error("Cannot weigh the heap: node must run with --expose-gc");
  // What dies in the first collection may have kept something else alive.
  globalThis.gc();
  globalThis.gc();
  const { used_heap_size: heap, external_memory: beside } = getHeapStatistics();
  return heap + beside;
}

/** Something that tells by how many bytes the heap has grown. */
export interface Weighing {
  grown(): number;
}

/** Tells by how much the heap has grown since they were made. */
export class Scales implements Weighing {
  readonly #before = cleanBytes();

  grown(): number {
    return cleanBytes() - this.#before;
  }
}

/** For checks in which no figure will be looked at: each collection takes some ten milliseconds where much is loaded. */
export const NO_SCALES: Weighing = { grown: () => 0 };
