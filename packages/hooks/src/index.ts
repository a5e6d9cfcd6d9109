export { callHook, reportError } from "./lib/call-hook.ts";
export { QuietWarning } from "./lib/quiet-warning.ts";
export { retryDelay } from "./lib/retry-delay.ts";
