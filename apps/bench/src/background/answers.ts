import type { ScheduleResult } from "@disp/background";
import type { Answer } from "../floors/chores.ts";

// What the cases of this group have in common.

export const WINDOW = 1_000;

/** They stay: a fresh string each time would measure hashing. */
export const KEYS: string[] = [];

export function prepareKeys(count: number): void {
  for (let item = KEYS.length; item < count; item++) KEYS.push(`user:${item}`);
}

/** Counts the answers. Each case has answers of one kind only. */
export class Answers {
  scheduled = 0;
  queued = 0;
  held = 0;
  /** Of those by hand, which know no reasons. */
  refused = 0;

  readonly hear = (answer: ScheduleResult): void => {
    if (answer.scheduled) this.scheduled++;
    else if (answer.reason === "queued") this.queued++;
    else if (answer.reason === "held") this.held++;
  };

  readonly hearByHand = (answer: Answer): void => {
    if (answer.scheduled) this.scheduled++;
    else this.refused++;
  };
}

/** Keeps the first job from ending, so that all others wait. */
export class Gate {
  open: () => void = () => undefined;
  readonly opened: Promise<void> = new Promise((resolve) => (this.open = resolve));
}
