import { openSync, readSync } from "node:fs";

const buffer = Buffer.alloc(64);
const schedstat = open();
let last = 0;

/**
 * Milliseconds, without those in which the main thread was ready to run and another program had the core: what is timed
 * by it stands still meanwhile, arrivals and servers alike. Where the kernel does not tell (elsewhere than on Linux),
 * time as it is.
 */
export function coreTime(): number {
  const now = performance.now();
  last = Math.max(last, now - waitedMs());
  return last;
}

/** How long the main thread has waited for a core so far. It costs a microsecond: the file stays open. */
export function waitedMs(): number {
  if (schedstat === undefined) return 0;
  const length = readSync(schedstat, buffer, 0, buffer.length, 0);
  return Number(buffer.toString("latin1", 0, length).split(" ")[1]) / 1e6;
}

function open(): number | undefined {
  try {
    return openSync("/proc/self/schedstat", "r");
  } catch {
    return undefined;
  }
}
