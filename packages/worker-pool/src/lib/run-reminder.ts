import { Alarm } from "@disp/alarm";

/** Whoever hands over tasks first and calls `run` then has done so long before. */
const PATIENCE_MS = 1_000;

/** Tells on the console, once, of a pool whose tasks wait since nobody has ever called `run`. */
export class RunReminder {
  readonly #alarm = new Alarm(() => this.#tell());
  #hasTold = false;

  /** @param waiting - How many tasks wait. */
  look(waiting: number, now: number): void {
    if (waiting === 0) this.clear();
    else if (!this.#hasTold && this.#alarm.at === undefined) {
      this.#alarm.set(now + PATIENCE_MS, now, { keepAlive: false });
    }
  }

  clear(): void {
    this.#alarm.clear();
  }

  #tell(): void {
    this.#hasTold = true;
    console.warn("@disp/worker-pool: tasks wait, and nobody called run()");
  }
}
