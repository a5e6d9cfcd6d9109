import { Alarm } from "@disp/alarm";

/** A wait for some time that somebody may cut short. One at a time. */
export class Pause {
  readonly #alarm = new Alarm(() => this.end());
  #resolve: (() => void) | undefined;

  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const now = performance.now();
      this.#resolve = resolve;
      this.#alarm.set(now + ms, now);
    });
  }

  /** Ends the wait, if there is one. */
  end(): void {
    this.#alarm.clear();
    this.#resolve?.();
    this.#resolve = undefined;
  }
}
