import type { PackedFailure } from "./packed-failure.ts";

/** Of messages and shared memory. Both sides must be of one kind, though a worker's file may have been bundled long ago. */
export const PROTOCOL = "@disp/worker-pool/threads 1";

/** The first message to a thread. Whatever comes before it is somebody else's. */
export interface Greeting {
  readonly protocol: typeof PROTOCOL;
  /** What the turnstile stands on. */
  readonly turnstile: SharedArrayBuffer;
  /** What the answer board stands on. */
  readonly board: SharedArrayBuffer;
}

/**
 * Calls in a row: the number of the first, then for each the index of its task and its arguments. One flat array, since
 * every object in a message costs time on both sides.
 */
export type CallBatch = readonly unknown[];

/** Asks a call to stop. */
export interface AbortNote {
  readonly call: number;
  readonly name: string;
  readonly message: string;
}

export type ToThread = Greeting | CallBatch | AbortNote;

/** The answer to the greeting: the file is loaded. */
export interface Ready {
  readonly names: readonly string[];
}

/** How a call ended: its number and its result. */
export type Success = readonly [call: number, result: unknown];
/** How a call ended: its number and what it threw. */
export type Failure = readonly [call: number, failure: PackedFailure, hasFailed: true];

/** There is something new on the answer board. */
export const LOOK = 0;

export type FromThread = Ready | Success | Failure | typeof LOOK;
