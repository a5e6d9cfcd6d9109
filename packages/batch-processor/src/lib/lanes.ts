import { TimeHeap, type Timed as InHeap } from "@disp/heap";
import { type Batch, LOADING, READY } from "./batch.ts";
import { LinkedList } from "./linked-list.ts";
import type { Timed } from "./timetable.ts";

/** Where batches stand in line for the one place at work. */
export class Lane<Resource> implements InHeap {
  /** Its number. */
  readonly id: number;
  /** Batches whose turn has not come, in the order in which they became ready. */
  readonly line: LinkedList<Batch<Resource>> = new LinkedList<Batch<Resource>>();
  /** Whether a batch has it, or a call that is overdue. */
  isTaken = false;
  /** Who has it. */
  run: { abort(reason: unknown): void } | undefined = undefined;
  /** Whether it is to be looked at when the current burst of calls is over. */
  isScheduled = false;
  /** The key of the overdue call that keeps it. */
  blockedBy: string | undefined = undefined;
  /** While it is blocked and somebody waits: when the first of them has waited long enough. */
  readyAt: number = Infinity;
  heapIndex = -1;

  constructor(id: number) {
    this.id = id;
  }
}

/**
 * All lanes that have something to do; the others do not exist. A lane whose call is overdue stays taken until that call
 * settles, and who has been ready in it for too long by then is sent away.
 */
export class Lanes<Resource> implements Timed {
  readonly #lanes = new Map<number, Lane<Resource>>();
  /** Lanes that are blocked and in which somebody waits. */
  readonly #blocked = new TimeHeap<Lane<Resource>>();
  readonly #patienceMs: number;
  readonly #onImpatient: (batch: Batch<Resource>, blockedBy: string) => void;
  #taken = 0;

  constructor(patienceMs: number, onImpatient: (batch: Batch<Resource>, blockedBy: string) => void) {
    this.#patienceMs = patienceMs;
    this.#onImpatient = onImpatient;
  }

  /** How many are at work, or kept by a call that is overdue. */
  get taken(): number {
    return this.#taken;
  }

  /** When somebody in a blocked lane has waited long enough. */
  get nextAt(): number {
    return this.#blocked.peek()?.readyAt ?? Infinity;
  }

  /** Puts a batch at the end of the line of its lane. */
  enqueue(batch: Batch<Resource>, now: number): Lane<Resource> {
    let lane = this.#lanes.get(batch.lane);
    if (lane === undefined) {
      lane = new Lane(batch.lane);
      this.#lanes.set(batch.lane, lane);
    }
    batch.stage = READY;
    batch.readyAt = now;
    lane.line.pushBack(batch);
    this.#retime(lane);
    return lane;
  }

  /** Takes a batch out of the line. */
  remove(batch: Batch<Resource>): void {
    const lane = this.#lanes.get(batch.lane);
    if (lane?.line.remove(batch) !== true) return;
    this.#retime(lane);
    this.#forgetIfIdle(lane);
  }

  /** Gives a free lane to the first in its line. Undefined = nobody is left. */
  take(lane: Lane<Resource>): Batch<Resource> | undefined {
    const batch = lane.line.popFront();
    if (batch === undefined) return undefined;
    batch.stage = LOADING;
    lane.isTaken = true;
    this.#taken += 1;
    return batch;
  }

  /** A call of this key is overdue in it. */
  block(lane: Lane<Resource>, key: string): void {
    lane.blockedBy = key;
    this.#retime(lane);
  }

  /** What took it is over. */
  release(lane: Lane<Resource>): void {
    lane.isTaken = false;
    lane.run = undefined;
    lane.blockedBy = undefined;
    this.#taken -= 1;
    this.#retime(lane);
    this.#forgetIfIdle(lane);
  }

  /** Ends what runs, and lets `settle` end what waits. */
  callOff(reason: unknown, settle: (batch: Batch<Resource>) => void): void {
    for (const lane of [...this.#lanes.values()]) {
      lane.run?.abort(reason);
      for (let batch = lane.line.first; batch !== undefined; batch = lane.line.first) {
        this.remove(batch);
        settle(batch);
      }
    }
  }

  expire(now: number): void {
    for (let lane = this.#blocked.peek(); lane !== undefined && lane.readyAt <= now; lane = this.#blocked.peek()) {
      const { first } = lane.line;
      const { blockedBy } = lane;
      if (first === undefined || blockedBy === undefined) return;
      this.remove(first);
      this.#onImpatient(first, blockedBy);
    }
  }

  #retime(lane: Lane<Resource>): void {
    const { first } = lane.line;
    const readyAt = lane.blockedBy === undefined || first === undefined ? Infinity : first.readyAt + this.#patienceMs;
    if (readyAt === lane.readyAt) return;
    if (lane.heapIndex !== -1) this.#blocked.remove(lane);
    lane.readyAt = readyAt;
    if (readyAt !== Infinity) this.#blocked.push(lane);
  }

  #forgetIfIdle(lane: Lane<Resource>): void {
    if (!lane.isTaken && lane.line.size === 0) this.#lanes.delete(lane.id);
  }
}
