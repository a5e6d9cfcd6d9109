/** Bytes that are reachable, in a process that was started with `--expose-gc`. */
export async function heapUsed(): Promise<number> {
  // What finalizers and promises hold is free only after a turn of the loop, and what that frees after the next.
  for (let turn = 0; turn < 3; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}
