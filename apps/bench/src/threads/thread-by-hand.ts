import { parentPort, workerData } from "node:worker_threads";

// What a thread by hand does: it answers each message with one.

function echo(value: unknown): unknown {
  return value;
}

if (workerData === "batches") {
  parentPort?.on("message", (values: readonly unknown[]) => parentPort?.postMessage(values.map(echo)));
} else parentPort?.on("message", (value: unknown) => parentPort?.postMessage(echo(value)));
