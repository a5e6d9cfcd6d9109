import { callHook, QuietWarning } from "@disp/hooks";
import { RedisUnavailableError } from "@disp/redis";

/** Passes on what goes wrong and is tried again. */
export class StreamErrors {
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #warning: QuietWarning<unknown>;

  constructor(stream: string, onError: ((error: unknown) => void) | undefined) {
    this.#onError = onError;
    const advice = "It is tried again. Pass onError to handle this, or to silence this line.";
    this.#warning = new QuietWarning((untold, last) => [
      `@disp/core: ${untold} ${untold === 1 ? "call" : "calls"} for the stream "${stream}" failed. ${advice}`,
      last,
    ]);
  }

  hear(error: unknown): void {
    if (this.#onError === undefined) this.#warning.hear(error);
    else callHook(this.#onError, error);
  }

  /** Says on the console what was not said yet. */
  tell(): void {
    this.#warning.tell();
  }
}

/** Whether the group, or the stream itself, is not there. */
export function isWithoutGroup(error: unknown): boolean {
  return error instanceof Error && error.message.includes("NOGROUP");
}

/** Whether Redis is away: it may answer later. */
export function isAway(error: unknown): boolean {
  return error instanceof RedisUnavailableError;
}
