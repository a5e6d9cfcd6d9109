import { TimeHeap, type Timed } from "@disp/heap";

interface Pause extends Timed {
  readyAt: number;
}

/** How many jobs may run at once. A slot whose job asked for a pause takes no other until the pause is over. */
export class Slots {
  readonly #limit: number;
  readonly #paused = new TimeHeap<Pause>();
  #running = 0;
  #pauses = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get idle(): number {
    return this.#limit - this.#running - this.#paused.size;
  }

  /** How many pause, those included whose pause is over, until {@link wake} was called. */
  get paused(): number {
    return this.#paused.size;
  }

  /** When the next pause is over; Infinity = nobody pauses. */
  get nextWakeAt(): number {
    return this.#paused.peek()?.readyAt ?? Infinity;
  }

  take(): void {
    this.#running += 1;
  }

  free(): void {
    this.#running -= 1;
  }

  freeAt(time: number): void {
    this.#running -= 1;
    // Among slots without number there is always one that does not pause.
    if (this.#limit === Infinity) return;
    this.#paused.push({ readyAt: time, id: this.#pauses, heapIndex: -1 });
    this.#pauses += 1;
  }

  /** Ends the pauses that are over. */
  wake(now: number): void {
    while (this.nextWakeAt <= now) this.#paused.pop();
  }
}
