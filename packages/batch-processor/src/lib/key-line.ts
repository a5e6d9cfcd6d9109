import type { Timed } from "@disp/heap";
import { WaitQueue } from "@disp/sync-queue";
import type { RedisKeyLease } from "./redis-key-lease.ts";

/** Nobody asks for the key, or somebody in this process has it. */
export const QUIET = 0;
/** A question is under way. */
export const ASKING = 1;
/** The next question waits for its time. */
export const PAUSING = 2;

/** Those in this process who want one key. One question at a time is asked, for whoever is first when it is answered. */
export class KeyLine implements Timed {
  readonly key: string;
  readonly waiters: WaitQueue<RedisKeyLease, KeyLine>;
  stage: typeof QUIET | typeof ASKING | typeof PAUSING = QUIET;
  /** Who has the key, in this process. */
  lease: RedisKeyLease | undefined = undefined;
  /** Who asks, as the server knows it: the same until the key is had or given up, since a question may be asked twice. */
  asker: string | undefined = undefined;
  /** Questions so far that were answered with no, or not at all. */
  attempts = 0;
  /** When the first one was asked of those that nobody has answered since. */
  awaySince: number | undefined = undefined;
  /** How often in a row the key was given only when its lease could have ended. */
  lateGrants = 0;
  readyAt = 0;
  readonly id: number;
  heapIndex = -1;

  constructor(key: string, id: number, onLeft: (line: KeyLine) => void) {
    this.key = key;
    this.id = id;
    this.waiters = new WaitQueue({ onAbort: onLeft });
  }

  /** What was asked for so far is over. */
  reset(): void {
    this.stage = QUIET;
    this.asker = undefined;
    this.attempts = 0;
    this.awaySince = undefined;
  }
}
