import type { Counters } from "./counters.ts";
import type { DeliveryWindow } from "./delivery-window.ts";
import { type EventRules, toRow } from "./events.ts";
import type { Frame, Splitter } from "./frame.ts";
import { InputError } from "./input-error.ts";
import type { RequestBody } from "./request-body.ts";

export interface IntakeOptions {
  readonly rules: EventRules;
  readonly maxEvents: number;
  /** So many rows that cannot be stored, and the rest of the body is not looked at: the answer must stay finite. */
  readonly maxFailures: number;
  /** Stops the reading; its reason becomes the result. */
  readonly signal: AbortSignal;
  readonly counters: Counters;
}

/** Why the rest of a body was not read, though nothing in the body itself is wrong. */
export class StoppedReadingError extends Error {
  override readonly name = "StoppedReadingError";
}

/**
 * Reads a body to its end and hands every event on; resolves once every event handed on has settled. The result is why
 * the reading ended early, or undefined: an answer needs that and what the window has counted.
 */
export async function takeIn(
  body: RequestBody,
  splitter: Splitter,
  window: DeliveryWindow,
  options: IntakeOptions,
): Promise<unknown> {
  let problem: unknown;
  try {
    for (let chunk = await body.next(); chunk !== undefined; chunk = await body.next()) {
      await takeFrames(splitter.push(chunk), window, options);
    }
    await takeFrames(splitter.end(), window, options);
  } catch (error) {
    problem = error ?? new StoppedReadingError("the reading was called off");
  }
  await window.settled();
  return problem;
}

async function takeFrames(frames: Iterable<Frame>, window: DeliveryWindow, options: IntakeOptions): Promise<void> {
  const receivedAt = new Date().toISOString();
  for (const frame of frames) {
    if (window.full) await waitForRoom(window, options.counters);
    options.signal.throwIfAborted();
    checkFailures(window, options.maxFailures);
    if (window.accepted >= options.maxEvents) {
      const message = `a request may carry at most ${options.maxEvents} events`;
      throw new InputError(413, "too_many_events", message, frame.at);
    }
    window.add(frame.at, toRow(frame, options.rules, receivedAt));
    options.counters.accepted++;
  }
}

async function waitForRoom(window: DeliveryWindow, counters: Counters): Promise<void> {
  counters.waiting++;
  await window.room();
  counters.waiting--;
}

/** While the database cannot be reached, reading on would only make the list of lost lines longer. */
function checkFailures({ failures }: DeliveryWindow, maxFailures: number): void {
  if (failures.length === 0) return;
  if (failures.length < maxFailures && failures.at(-1)?.kind === "refused") return;
  throw new StoppedReadingError("too many events could not be stored");
}
