import type { Drop } from "@disp/buffer";
import { QuietWarning } from "@disp/hooks";

/** Tells of drops nobody asked to hear of, on the console: nothing is lost in silence. */
export class DropWarning {
  readonly #warning = new QuietWarning<Drop<unknown>>(words);

  hear(drop: Drop<unknown>): void {
    this.#warning.hear(drop, drop.items.length);
  }

  /** Tells what was not told yet: the dispatcher ends. */
  tell(): void {
    this.#warning.tell();
  }
}

function words(untold: number, { reason, error }: Drop<unknown>): unknown[] {
  const noun = untold === 1 ? "item" : "items";
  const advice = "Pass onDrop to handle drops, or to silence this line.";
  const line = `@disp/core: ${untold} ${noun} dropped, the last because of "${reason}". ${advice}`;
  return error === undefined ? [line] : [line, error];
}
