/** One run of a contender: how much to do, and where it says when the job begins and ends. */
export interface Round {
  readonly count: number;
  /** Whether every single item is to be looked at, at whatever cost: this round is for the check alone. */
  readonly isThorough: boolean;
  /** The job begins, or goes on after `stop`. What is outside is not counted. */
  start(): void;
  stop(): void;
  /** Notes, while stopped, by how much the heap has grown: with `items` inside, or with none left. */
  weigh(when: "waiting", items: number): void;
  weigh(when: "emptied"): void;
}

/** Does the job once. Throws or rejects when the result is wrong. */
export interface Play {
  (round: Round): void | Promise<void>;
  /** Ends what is kept from round to round, such as threads. Another round starts it anew. */
  close?: () => Promise<void>;
}

/** Somebody who can do the job of a case. */
export interface Contender {
  readonly name: string;
  /** The floor is the least code that does the job by hand: no options, no errors, no close. */
  readonly kind: "ours" | "floor" | "peer";
  /** What has to be loaded first, and may not be there: a package of the folder `peers`, or `ORIGINALS`. */
  readonly from: string | undefined;
  /** The part of a round's items that it gets: less than 1 for the slow ones, so that everybody waits less. */
  readonly share: number;
  /** @param module - What `from` exports. */
  open(module: unknown): Play;
}

/** What a case should reach. */
export interface Goal {
  readonly ns: number;
  /** What the floor took where the goal was set: elsewhere, the ratio of the two is the goal. */
  readonly floorNs: number;
  /** Allocated per item. */
  readonly bytes?: number;
  /** Names another case of the group, which may be faster by 1.5 times at most. */
  readonly like?: string;
  /** Names a contender whose time per item is to be so many times ours. */
  readonly ahead?: { readonly of: string; readonly times: number };
}

export interface Case {
  readonly name: string;
  /** Items in a timed round. */
  readonly count: number;
  /** Items in the check. */
  readonly checkCount: number;
  readonly goal: Goal;
  /**
   * Whether other threads take part. Time spent waiting for a core then counts, since it may be they who had it.
   *
   * @defaultValue false
   */
  readonly hasThreads?: boolean;
  readonly contenders: readonly Contender[];
}

export function ours(name: string, play: Play): Contender {
  return { name, kind: "ours", from: undefined, share: 1, open: () => play };
}

export function floor(play: Play): Contender {
  return { name: "by hand", kind: "floor", from: undefined, share: 1, open: () => play };
}

/** A peer that the runtime brings along. */
export function builtIn(name: string, play: Play, share = 1): Contender {
  return { name, kind: "peer", from: undefined, share, open: () => play };
}

/**
 * A peer from the folder `peers`.
 *
 * @param open - Takes what the package exports, as far as the case needs it.
 */
export function peer(name: string, from: string, open: (module: never) => Play, share = 1): Contender {
  // Peers may not be installed, so their own types cannot be looked at.
  return { name, kind: "peer", from, share, open };
}
