import { Alarm } from "@disp/alarm";

/** A job that was scheduled and not run to its end. */
export interface LeftoverJob<Arg> {
  /** The key of the job. */
  key: string;
  /** The argument of the job. */
  arg: Arg;
}

/** What a processor leaves behind. */
export interface StopResult<Arg> {
  /** The jobs that were not done, in the order in which they were scheduled. Their keys are free. */
  readonly leftover: LeftoverJob<Arg>[];
}

/** The life of a processor, in order: it only moves forward. */
export const OPEN = 0;
/** Takes no more jobs. */
export const DRAINING = 1;
/** Starts no more jobs. */
export const STOPPING = 2;
export const STOPPED = 3;
export type Phase = typeof OPEN | typeof DRAINING | typeof STOPPING | typeof STOPPED;

interface Left<Arg> {
  readonly id: number;
  readonly key: string;
  readonly arg: Arg;
}

/** How far a processor is with stopping, how long it may take, and what it leaves behind. */
export class Shutdown<Arg> {
  readonly #left: Left<Arg>[] = [];
  readonly #deadline: Alarm;
  #phase: Phase = OPEN;
  #finish: (result: StopResult<Arg>) => void = () => undefined;

  /** Resolves, and never rejects, when all is over. */
  readonly stopped: Promise<StopResult<Arg>>;

  /** @param onDeadline - Called when the time to stop is over. */
  constructor(onDeadline: () => void) {
    this.#deadline = new Alarm(onDeadline);
    this.stopped = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  get phase(): Phase {
    return this.#phase;
  }

  /** @returns false when it is as far already. */
  advance(phase: Phase): boolean {
    if (this.#phase >= phase) return false;
    this.#phase = phase;
    return true;
  }

  /** The earliest of all deadlines counts. */
  setDeadline(timeoutMs: number): void {
    if (this.#phase === STOPPED) return;
    const now = performance.now();
    this.#deadline.set(Math.min(now + timeoutMs, this.#deadline.at ?? Infinity), now);
  }

  add({ id, key, arg }: Left<Arg>): void {
    this.#left.push({ id, key, arg });
  }

  /** It is over. */
  end(): void {
    if (!this.advance(STOPPED)) return;
    this.#deadline.clear();
    this.#left.sort((a, b) => a.id - b.id);
    this.#finish({ leftover: this.#left.map(({ key, arg }) => ({ key, arg })) });
  }
}
