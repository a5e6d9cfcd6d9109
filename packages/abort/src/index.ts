export { AbortContext } from "./lib/abort-context.ts";
export { type AbortListener, addAbortListener, removeAbortListener } from "./lib/abort-listeners.ts";
