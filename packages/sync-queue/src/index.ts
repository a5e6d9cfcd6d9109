/**
 * A first-in, first-out queue whose receivers can wait, unbounded or bounded: a channel for async code. And the two parts
 * that it is made of: a double-ended queue that gives its memory back, and a line of waiting callers.
 *
 * @packageDocumentation
 */
export { Deque, DEQUE_DEFAULTS, type DequeOptions } from "./lib/deque.ts";
export { type Waiter, type WaitOptions, WaitQueue, type WaitQueueOptions } from "./lib/wait-queue.ts";
