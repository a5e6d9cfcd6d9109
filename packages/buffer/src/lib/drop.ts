import { checkChoice } from "@disp/options";

/**
 * Why items were given up.
 *
 * - `"overflow"`: the overflow policy made room by giving them up, or had none for them.
 * - `"retries-exhausted"`: the retry policy allowed no further attempt.
 * - `"rejected"`: the consumer said that sending them again is pointless.
 * - `"aborted"`: they were still waiting when everything was called off.
 * - `"too-large"`, `"too-small"`: their size fits no batch, and nobody was there to be told.
 * - `"expired"`, `"conflated"`: too old to matter, or replaced by a newer value; never given by the buffer itself, but
 *   there for whoever ends a lease with {@link Lease.drop}.
 */
export type DropReason =
  | "overflow"
  | "rejected"
  | "retries-exhausted"
  | "expired"
  | "conflated"
  | "aborted"
  | "too-large"
  | "too-small";

/** The compiler sees to it that none is forgotten. */
const IS_REASON: { readonly [Reason in DropReason]: true } = {
  overflow: true,
  rejected: true,
  "retries-exhausted": true,
  expired: true,
  conflated: true,
  aborted: true,
  "too-large": true,
  "too-small": true,
};
const REASONS = Object.keys(IS_REASON) as DropReason[];

/** @throws TypeError unless `reason` is one of them. */
export function checkReason(action: string, reason: DropReason): void {
  checkChoice(action, "reason", reason, REASONS);
}

/** Items that were accepted and will not be delivered. Every accepted item is delivered or part of exactly one `Drop`. */
export interface Drop<T> {
  /** What is given up, oldest first. */
  readonly items: readonly T[];
  /** Why they are given up. */
  readonly reason: DropReason;
  /** The error of the last attempt, or what the one who dropped them gave as the cause. */
  readonly error?: unknown;
  /** How often they were leased before; 0 = never tried. */
  readonly attempts: number;
  /** The batch they were in; absent when they were dropped before they joined one. */
  readonly batchId?: number;
}
