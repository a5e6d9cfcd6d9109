import type { ThreadWorker } from "../../src/threads.ts";

/** A call as a promise. */
export function call(
  worker: ThreadWorker<unknown>,
  name: string,
  args: readonly unknown[] = [],
  transfer: readonly unknown[] = [],
): Promise<unknown> {
  return new Promise((resolve, reject) => worker.call(name, args, transfer, resolve, reject));
}

/** What a promise is rejected with. */
export function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => Promise.reject(new Error(`it resolved with ${String(value)}`)),
    (reason: unknown) => reason,
  );
}

/** Two marks that a task and its test can see both. */
export function marks(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(8));
}

/** Resolves once the task has set its mark. */
export async function marked(shared: Int32Array): Promise<void> {
  while (Atomics.load(shared, 0) === 0) await new Promise(setImmediate);
}

/** Lets a task go on that blocks until its test has set its mark. */
export function goOn(shared: Int32Array): void {
  Atomics.store(shared, 1, 1);
  Atomics.notify(shared, 1);
}
