import { TimeHeap, type Timed as InHeap } from "@disp/heap";
import type { Timed } from "./timetable.ts";

/** Something that is put off. */
export interface Pause extends InHeap {
  readonly onEnd: () => void;
}

/** What is put off, each for a time of its own. */
export class Pauses implements Timed {
  readonly #pauses = new TimeHeap<Pause>();
  #nextId = 0;

  get nextAt(): number {
    return this.#pauses.peek()?.readyAt ?? Infinity;
  }

  add(readyAt: number, onEnd: () => void): Pause {
    const pause = { readyAt, id: this.#nextId++, heapIndex: -1, onEnd };
    this.#pauses.push(pause);
    return pause;
  }

  /** Not at all. A pause that is over is no longer here, and nothing happens. */
  cancel(pause: Pause): void {
    if (pause.heapIndex !== -1) this.#pauses.remove(pause);
  }

  expire(now: number): void {
    for (let next = this.#pauses.peek(); next !== undefined && next.readyAt <= now; next = this.#pauses.peek()) {
      this.#pauses.remove(next);
      next.onEnd();
    }
  }
}
