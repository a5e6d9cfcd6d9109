import { openSync, readSync } from "node:fs";

const buffer = Buffer.alloc(64);
const schedstat = open();
let last = 0;

const SPACE = 32;
const ZERO = 48;

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
  readSync(schedstat, buffer, 0, buffer.length, 0);
  return secondNumber(buffer) / 1e6;
}

/** Of numbers in decimal digits with a space between. Without strings: they would have to be collected. */
export function secondNumber(text: Uint8Array): number {
  let value = 0;
  for (let i = text.indexOf(SPACE) + 1; text[i] !== SPACE; i++) value = value * 10 + ((text[i] ?? ZERO) - ZERO);
  return value;
}

function open(): number | undefined {
  try {
    return openSync("/proc/self/schedstat", "r");
  } catch {
    return undefined;
  }
}
