import type { Call } from "./call.ts";
import type { Timed } from "./timetable.ts";

/** The calls that are under way and in time. All may take equally long, so the oldest is always the next to be overdue. */
export class Calls implements Timed {
  readonly #running = new Set<Call>();
  readonly #timeoutMs: number;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  get nextAt(): number {
    return this.#oldest?.timesOutAt ?? Infinity;
  }

  start(call: Call, now: number): void {
    call.timesOutAt = now + this.#timeoutMs;
    this.#running.add(call);
  }

  end(call: Call): void {
    this.#running.delete(call);
  }

  expire(now: number): void {
    for (let call = this.#oldest; call !== undefined && call.timesOutAt <= now; call = this.#oldest) {
      this.#running.delete(call);
      call.owner.overdue(call);
    }
  }

  get #oldest(): Call | undefined {
    for (const call of this.#running) return call;
    return undefined;
  }
}
