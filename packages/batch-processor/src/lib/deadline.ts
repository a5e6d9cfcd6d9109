import type { Timed } from "./timetable.ts";

/** A time that can only come nearer. */
export class Deadline implements Timed {
  nextAt: number = Infinity;
  readonly #onReached: () => void;

  constructor(onReached: () => void) {
    this.#onReached = onReached;
  }

  /** @returns whether this is nearer than what was set before. */
  shorten(at: number): boolean {
    if (at >= this.nextAt) return false;
    this.nextAt = at;
    return true;
  }

  clear(): void {
    this.nextAt = Infinity;
  }

  expire(now: number): void {
    if (this.nextAt > now) return;
    this.clear();
    this.#onReached();
  }
}
