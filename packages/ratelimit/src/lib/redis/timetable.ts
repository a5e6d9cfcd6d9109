import { Alarm } from "@disp/alarm";
import { type Timed, TimeHeap } from "@disp/heap";

/** Something that wants to be rung at its `readyAt`. It leaves the timetable before it is rung. */
export interface Appointment extends Timed {
  /** @param now - The current time of `performance.now()`. */
  ring(now: number): void;
}

/** Many times and one timer, which is there only while somebody waits. */
export class Timetable {
  readonly #heap = new TimeHeap<Appointment>();
  readonly #alarm = new Alarm(() => this.#ringAll());
  #nextId = 0;

  /** A number for {@link Appointment.id}: among equals, who came first is rung first. */
  nextId(): number {
    return this.#nextId++;
  }

  /** Adds one that is not in it. `Infinity` needs no timer. */
  add(appointment: Appointment, now: number): void {
    if (appointment.readyAt === Infinity) return;
    this.#heap.push(appointment);
    this.#setAlarm(now);
  }

  /** Removes one if it is in it. */
  remove(appointment: Appointment): void {
    if (appointment.heapIndex === -1) return;
    this.#heap.remove(appointment);
    if (this.#heap.size === 0) this.#alarm.clear();
  }

  #ringAll(): void {
    const now = performance.now();
    for (let next = this.#heap.peek(); next !== undefined && next.readyAt <= now; next = this.#heap.peek()) {
      this.#heap.remove(next);
      next.ring(now);
    }
    this.#setAlarm(now);
  }

  #setAlarm(now: number): void {
    const next = this.#heap.peek();
    if (next === undefined) this.#alarm.clear();
    else this.#alarm.set(next.readyAt, now);
  }
}
