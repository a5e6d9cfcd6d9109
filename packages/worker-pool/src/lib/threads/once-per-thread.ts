/**
 * Something there is one of in a thread, however often this code is loaded: as an ES module, as CommonJS, and bundled into
 * others.
 */
export function oncePerThread<Thing extends object>(name: string, make: () => Thing): Thing {
  const key = Symbol.for(`@disp/worker-pool/threads 1: ${name}`);
  const existing = Reflect.get(globalThis, key) as Thing | undefined;
  if (existing !== undefined) return existing;
  const thing = make();
  Object.defineProperty(globalThis, key, { value: thing });
  return thing;
}
