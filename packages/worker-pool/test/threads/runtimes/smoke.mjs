// Shows what the built package does with threads on a runtime. Build it, then, in this folder:
//   node smoke.mjs, bun smoke.mjs, deno run -A smoke.mjs
// With the argument "memory" it runs a thread out of memory, too: only Node lets the process survive that.
/* global AbortController, MessageChannel, URL, setTimeout, clearTimeout */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { threadWorkers } from "@disp/worker-pool/threads";

const signal = new AbortController().signal;
const start = (file, options) => threadWorkers(new URL(file, import.meta.url), options).create({ signal });
const call = (worker, name, args = [], transfer = []) =>
  new Promise((resolve, reject) => worker.call(name, args, transfer, resolve, reject));
const told = (promise) => promise.then(String, (error) => `${error.name} ${error.exitCode ?? error.code}`);
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// The same worker as CommonJS.
const cjs = new URL("worker.cjs", import.meta.url);
const esm = readFileSync(new URL("worker.mjs", import.meta.url), "utf8");
writeFileSync(
  cjs,
  esm.replace(/^import (.*) from (".*");$/gm, "const $1 = require($2);").replace("export const tasks = ", ""),
);
process.on("exit", () => rmSync(cjs));

const HANGS_AFTER_MS = 10_000;
let failures = 0;

/** What a step comes to must start with what is expected. */
async function step(name, expected, run) {
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, HANGS_AFTER_MS, "hangs")));
  const got = await Promise.race([told(run()), late]);
  clearTimeout(timer);
  const isRight = got.startsWith(expected);
  if (!isRight) failures++;
  console.log(`${isRight ? "ok  " : "FAIL"} ${name}: ${got}`);
}

/** A thread of its own for a call that it does not survive. */
async function lost(name, args, options) {
  const worker = await start("worker.mjs", options);
  const got = await told(call(worker, name, args));
  return worker.isUsable ? "it lives on" : got;
}

for (const file of ["worker.mjs", "worker.cjs"]) {
  const worker = await start(file, { graceMs: 5_000 });
  await step(`${file} adds`, "3", () => call(worker, "add", [1, 2]));
  await step("a thousand calls", "1000", async () => {
    const sums = await Promise.all(Array.from({ length: 1_000 }, (_, n) => call(worker, "add", [n, 1])));
    return sums.filter((sum, n) => sum === n + 1).length;
  });
  await step("an error", "RangeError E_FAILED", () => call(worker, "fail"));
  await step("an argument that cannot be cloned", "", () => call(worker, "echo", [() => {}]));
  await step("moves there and back", "8 0 16", async () => {
    const buffer = new ArrayBuffer(8);
    const { byteLength } = await call(worker, "echo", [buffer], [buffer]);
    return `${byteLength} ${buffer.byteLength} ${(await call(worker, "blank", [16])).length}`;
  });
  await step("moves nothing twice", "DataCloneError DataCloneError 3", async () => {
    const [buffer, { port1, port2 }] = [new ArrayBuffer(8), new MessageChannel()];
    await call(worker, "echo", [buffer], [buffer]);
    const held = told(call(worker, "add", [1, 2, port1], [port1]));
    const again = [call(worker, "echo", [buffer], [buffer]), call(worker, "add", [1, 2, port1], [port1])];
    const names = await Promise.all(again.map(async (each) => (await told(each)).split(" ")[0]));
    port2.close();
    return [...names, await held].join(" ");
  });
  await step("a task that stops when it is asked", "stopped", async () => {
    const stopped = call(worker, "spinUntilAborted");
    await pause(20);
    worker.abort(new Error("enough"));
    return stopped;
  });
  await step("its thread lives on", "true", async () => worker.isUsable);
}
await step("exit", "WorkerCrashedError 3", () => lost("exit", [3]));
await step("an error that nothing catches", "WorkerCrashedError", () => lost("throwUncaught"));
await step("a rejection that nothing handles", "WorkerCrashedError", () => lost("rejectUnhandled"));
await step("a loop that is aborted", "WorkerCrashedError", async () => {
  const worker = await start("worker.mjs", { graceMs: 20 });
  const spinning = told(call(worker, "spin"));
  await pause(20);
  worker.abort(new Error("enough"));
  return spinning;
});
await step("a busy thread is destroyed", "WorkerCrashedError", async () => {
  const worker = await start("worker.mjs");
  const spinning = told(call(worker, "spin"));
  await pause(20);
  await worker.destroy();
  return spinning;
});
await step("a file that is not there", "WorkerCrashedError", () => start("nowhere.mjs"));
if (process.argv.includes("memory")) {
  await step("memory", "WorkerCrashedError", () => lost("eatMemory", [], { maxOldGenerationMb: 16 }));
}
console.log(failures === 0 ? "all right" : `${failures} failed`);
process.exitCode = failures === 0 ? 0 : 1;
// Two threads are idle and open: the process must end by itself now.
