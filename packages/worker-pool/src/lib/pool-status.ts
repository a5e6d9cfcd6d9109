/**
 * Where a pool stands. It moves from `"stopped"` to `"running"` (`run`), on to `"draining"` (`quit({ drain: true })`) or
 * `"stopping"` (`quit()`), from `"draining"` to `"stopping"` too (a deadline, or a second `quit()`), and from both back
 * to `"stopped"`. There are no other ways.
 */
export type PoolStatus = "stopped" | "stopping" | "running" | "draining";
