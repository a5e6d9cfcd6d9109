import { QuietWarning } from "@disp/hooks";

/** Tells on the console of tasks that may wait for ever, each time that there are more of them. */
export class OverdueWarning {
  readonly #warning = new QuietWarning<number>((_, waiting) => [describe(waiting)]);
  #waiting = 0;

  /** @param waiting - How many tasks wait while all workers are with tasks that do not settle. */
  look(waiting: number): void {
    if (waiting > this.#waiting) this.#warning.hear(waiting);
    this.#waiting = waiting;
  }
}

function describe(waiting: number): string {
  const waits = waiting === 1 ? "1 task waits" : `${waiting} tasks wait`;
  const advice = "Tasks should heed their signal.";
  return `@disp/worker-pool: ${waits} behind tasks that do not settle though they have timed out. ${advice}`;
}
