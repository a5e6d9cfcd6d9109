/** Bytes that are reachable, in a process that was started with `--expose-gc`. @throws Error in any other. */
export async function heapUsed(): Promise<number> {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("Cannot weigh the heap: node must be started with --expose-gc");
  // What finalizers and promises hold is free only after a turn of the loop, and what that frees after the next.
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
  return process.memoryUsage().heapUsed;
}
