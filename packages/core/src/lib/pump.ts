import { Alarm } from "@disp/alarm";
import type { BatchBuffer } from "@disp/buffer";
import type { Entrance } from "./entrance.ts";
import type { Pace } from "./pace.ts";
import type { Senders } from "./senders.ts";
import { afterThisTurn, nextTurn } from "@disp/turn";

/** So many sends without a rest, and everybody else gets a turn of the event loop. */
const SENDS_PER_TURN = 1_024;

/** A timer that is so late says that the event loop stood still. */
const STALL_MS = 5;

/** What the pump moves batches between. */
export interface PumpParts<T> {
  readonly buffer: BatchBuffer<T>;
  readonly entrance: Entrance<T>;
  readonly pace: Pace;
  readonly senders: Senders<T>;
  /** Infinity = no heartbeat. */
  readonly heartbeatMs: number;
  /** Called at the end of each run; false = that was the last. */
  readonly onRun: () => boolean;
}

/**
 * The loop: it moves what is ready from the buffer to the senders, at the pace, and lets newcomers into the room that
 * this makes. It runs after each burst of calls, whenever a send settles, and when its one timer says that a batch is
 * old enough, has backed off, may be sent, has taken too long, or that it is time for a heartbeat.
 */
export class Pump<T> {
  readonly #parts: PumpParts<T>;
  readonly #alarm = new Alarm(() => this.#ring());
  #heartbeatMs: number;
  #isScheduled = false;
  #isStopped = false;
  #isResting = false;
  #isExpiring = false;
  #sendsInTurn = 0;
  #now = performance.now();

  constructor(parts: PumpParts<T>) {
    this.#parts = parts;
    this.#heartbeatMs = parts.heartbeatMs;
  }

  /** Runs once the current burst of calls is over, however many there are. */
  schedule(): void {
    if (this.#isScheduled || this.#isStopped) return;
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#run();
    });
  }

  /** Sends no more heartbeats. */
  calm(): void {
    this.#heartbeatMs = Infinity;
  }

  /** Leaves no timer, and no place in the line of the limiter, behind. */
  stop(): void {
    this.#isStopped = true;
    this.#alarm.clear();
    this.#parts.pace.leave(performance.now());
  }

  /** Sends time out by the timer alone: in a microtask, one that has settled might only not have been heard of yet. */
  #ring(): void {
    const { senders } = this.#parts;
    const now = performance.now();
    if (now - senders.nextTimeoutAt < STALL_MS) senders.expire(now);
    else this.#expireAfterThisTurn();
    this.#run();
  }

  /** The event loop stood still, and timers come first after that: answers that have arrived meanwhile are to be read. */
  #expireAfterThisTurn(): void {
    if (this.#isExpiring) return;
    this.#isExpiring = true;
    afterThisTurn(() => {
      this.#isExpiring = false;
      this.#parts.senders.expire(performance.now());
      this.#run();
    });
  }

  #run(): void {
    if (this.#isStopped) return;
    const { entrance, onRun } = this.#parts;
    // Before the look at the clock: otherwise a batch that it fills were newer than now, and had to wait for a timer.
    entrance.letIn();
    this.#now = performance.now();
    if (this.#heartbeatAt() <= this.#now) this.#beat();
    this.#send();
    if (onRun()) this.#setAlarm();
  }

  #send(): void {
    const { buffer, pace, senders } = this.#parts;
    while (senders.idle > 0 && !this.#isResting) {
      if (!this.#isReady()) {
        pace.leave(this.#now);
        return;
      }
      if (!pace.take(this.#now, this.#wanted)) return;
      const lease = buffer.lease(this.#now);
      if (lease === undefined) return;
      senders.start(lease, this.#now);
      this.#sendsInTurn += 1;
      if (this.#sendsInTurn === SENDS_PER_TURN) void this.#rest();
    }
  }

  /** Sends that settle at once, and cause more of their kind, would otherwise keep all timers and sockets waiting. */
  async #rest(): Promise<void> {
    this.#isResting = true;
    await nextTurn();
    this.#isResting = false;
    this.#sendsInTurn = 0;
    this.schedule();
  }

  /** Whether a batch is ready, or becomes so by this call: one that cannot grow need not wait for its age. */
  #isReady(): boolean {
    const { buffer, entrance } = this.#parts;
    if (this.#nextReadyAt() <= this.#now) return true;
    if (buffer.growingId === undefined || !entrance.isStuck) return false;
    buffer.flush(this.#now);
    return this.#nextReadyAt() <= this.#now;
  }

  #nextReadyAt(): number {
    return this.#parts.buffer.nextReadyAt() ?? Infinity;
  }

  readonly #wanted = (): number => Math.min(this.#parts.senders.idle, this.#parts.buffer.stats().batches);

  /** When a heartbeat is due; Infinity while batches are under way or wait for their turn. */
  #heartbeatAt(): number {
    const { buffer, senders } = this.#parts;
    if (this.#heartbeatMs === Infinity || senders.running > 0) return Infinity;
    const isQuiet = buffer.oldestId === undefined || buffer.oldestId === buffer.growingId;
    return isQuiet ? senders.lastStartAt + this.#heartbeatMs : Infinity;
  }

  /** What is there goes early in place of an empty batch. */
  #beat(): void {
    const { buffer } = this.#parts;
    if (buffer.growingId === undefined) buffer.addSynthetic(this.#now);
    else buffer.flush(this.#now);
  }

  /** One timer for everything that waits for a time, and none while nothing does. */
  #setAlarm(): void {
    const { pace, senders } = this.#parts;
    let at = senders.nextTimeoutAt;
    if (senders.idle > 0) {
      const readyAt = this.#nextReadyAt();
      at = Math.min(at, readyAt <= this.#now ? pace.nextAt : readyAt);
    }
    const heartbeatAt = this.#heartbeatAt();
    // A heartbeat guards no data, so it alone keeps no process alive.
    if (heartbeatAt < at) this.#alarm.set(heartbeatAt, this.#now, { keepAlive: at !== Infinity });
    else this.#alarm.set(at, this.#now);
  }
}
