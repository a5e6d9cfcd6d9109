import { readFileSync } from "node:fs";

/**
 * Nanoseconds that the main thread has spent ready to run without a core to run on. Other programs cause it, so it is
 * no part of what a job takes. Always 0 where the kernel does not say (elsewhere than on Linux).
 */
export function coreWaitNs(): number {
  try {
    return Number(readFileSync("/proc/self/schedstat", "latin1").split(" ")[1]);
  } catch {
    return 0;
  }
}
