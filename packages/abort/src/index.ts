export { type AbortListener, addAbortListener, removeAbortListener } from "./lib/abort-listeners.ts";
