/** How many timers keep the process alive: those of `setTimeout`, `setInterval` and `setImmediate`. */
export function activeTimers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === "Timeout" || kind === "Immediate").length;
}
