/**
 * A first-in, first-out queue whose receivers can wait, unbounded or bounded: a channel for async code. And the two parts
 * that it is made of: a double-ended queue that gives its memory back, and a line of waiting callers.
 *
 * @packageDocumentation
 * @module @disp/sync-queue
 */
export { Deque, DEQUE_DEFAULTS, type DequeOptions } from "./lib/deque.ts";
export { QueueClosedError, QueueFullError } from "./lib/errors.ts";
export { SYNC_QUEUE_DEFAULTS, SyncQueue, type SyncQueueOptions } from "./lib/sync-queue.ts";
export { type Waiter, type WaitOptions, WaitQueue, type WaitQueueOptions } from "./lib/wait-queue.ts";
