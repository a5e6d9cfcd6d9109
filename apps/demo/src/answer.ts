import type { DeliveryWindow, Failure } from "./delivery-window.ts";
import { InputError } from "./input-error.ts";

/** An HTTP answer, before it is written. */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The gateway is stopping. */
export class DrainingError extends Error {
  override readonly name = "DrainingError";
}

interface Trouble {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly at?: number | undefined;
}

const RETRY_LATER = { "Retry-After": "1" };

/** An answer that has no events to speak of. */
export function refusal(status: number, code: string, message: string, headers?: Record<string, string>): Answer {
  return { status, body: { error: { code, message } }, ...(headers && { headers }) };
}

export function drainingAnswer(): Answer {
  return refusal(503, "draining", "the gateway is stopping", RETRY_LATER);
}

/** The answer to a POST whose body was read up to `problem`, or to its end. */
export function intakeAnswer(window: DeliveryWindow, problem: unknown, unit: "line" | "item"): Answer {
  const counts = { accepted: window.accepted, stored: window.stored.size };
  const trouble = troubleOf(window, problem);
  if (trouble === undefined) return { status: 202, body: counts };
  const { status, code, message, at } = trouble;
  return {
    status,
    headers: status === 503 ? RETRY_LATER : {},
    body: {
      ...counts,
      error: { code, message, ...(at !== undefined && { [unit]: at }) },
      [`stored_${unit}s`]: window.stored.toArray(),
      not_stored: [...window.failures].sort((a, b) => a.at - b.at).map((failure) => shown(failure, unit)),
    },
  };
}

function troubleOf(window: DeliveryWindow, problem: unknown): Trouble | undefined {
  if (problem instanceof InputError) return problem;
  if (problem instanceof DrainingError) return { status: 503, code: "draining", message: "the gateway is stopping" };
  const { failures } = window;
  if (failures.some(({ kind }) => kind === "unavailable")) {
    return { status: 503, code: "not_stored", message: missing(window, "could not be stored") };
  }
  if (failures.length > 0) {
    return { status: 422, code: "rows_refused", message: missing(window, "were refused by the database") };
  }
  if (problem === undefined) return undefined;
  return { status: 500, code: "internal", message: "something went wrong in the gateway" };
}

function missing({ failures, accepted }: DeliveryWindow, what: string): string {
  return `${failures.length} of ${accepted} events ${what}`;
}

function shown({ at, code, message }: Failure, unit: string): Record<string, unknown> {
  return { [unit]: at, code, message };
}
