import type { Drop } from "@disp/buffer";

const QUIET_MS = 10_000;

/**
 * Tells of drops nobody asked to hear of, on the console: nothing is lost in silence. The first is told at once, then
 * at most one line every ten seconds, and what is left when the dispatcher ends.
 */
export class DropWarning {
  #untold = 0;
  #quietUntil = -Infinity;
  #last: Drop<unknown> | undefined;

  hear(drop: Drop<unknown>): void {
    this.#untold += drop.items.length;
    this.#last = drop;
    if (performance.now() >= this.#quietUntil) this.tell();
  }

  /** Tells what was not told yet. */
  tell(): void {
    if (this.#untold === 0 || this.#last === undefined) return;
    const { reason, error } = this.#last;
    const noun = this.#untold === 1 ? "item" : "items";
    const advice = "Pass onDrop to handle drops, or to silence this line.";
    const words = `@disp/core: ${this.#untold} ${noun} dropped, the last because of "${reason}". ${advice}`;
    if (error === undefined) console.warn(words);
    else console.warn(words, error);
    this.#untold = 0;
    this.#quietUntil = performance.now() + QUIET_MS;
  }
}
