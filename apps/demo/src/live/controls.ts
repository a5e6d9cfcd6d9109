import { type Overflow, OVERFLOWS } from "../delivery.ts";
import { InputError } from "../input-error.ts";

/** What a visitor of the page can set. */
export interface Controls {
  /** Events per second that the gateway sends to itself, through its own door; 0 = none. */
  readonly arrivalRate: number;
  readonly sinkLatencyMs: number;
  readonly sinkFailurePercent: number;
  readonly sinkPaused: boolean;
  /** Null: the limit is shared with other gateways, and cannot be changed from here. */
  readonly statementsPerSecond: number | null;
  readonly concurrency: number;
  readonly overflow: Overflow;
}

export const ACTIONS = ["poison", "drain", "resume", "reset"] as const;
export type Action = (typeof ACTIONS)[number];

/** One of the two: what to set, or what to do. */
export type Order =
  | { readonly kind: "set"; readonly change: Partial<Controls> }
  | { readonly kind: "do"; readonly action: Action };

type NumberName = "arrivalRate" | "sinkLatencyMs" | "sinkFailurePercent" | "statementsPerSecond" | "concurrency";

export const RANGES: Readonly<Record<NumberName, { readonly min: number; readonly max: number }>> = Object.freeze({
  arrivalRate: { min: 0, max: 20_000 },
  sinkLatencyMs: { min: 0, max: 5_000 },
  sinkFailurePercent: { min: 0, max: 100 },
  statementsPerSecond: { min: 1, max: 1_000 },
  concurrency: { min: 1, max: 8 },
});

/** @throws InputError naming the field; nothing of an order that is wrong in one place is obeyed. */
export function parseOrder(text: string): Order {
  const fields = Object.entries(objectIn(text));
  if (fields.length === 0) throw refused("an order must have a field");
  const [first] = fields;
  if (first?.[0] === "action" && fields.length === 1) return { kind: "do", action: actionOf(first[1]) };
  const change = Object.fromEntries(fields.map(([name, value]) => [name, checked(name, value)]));
  return { kind: "set", change };
}

function objectIn(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refused("an order must be JSON");
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw refused("an order must be a JSON object");
}

function actionOf(value: unknown): Action {
  const action = ACTIONS.find((name) => name === value);
  if (action === undefined) throw refused(`action must be one of ${ACTIONS.join(", ")}`);
  return action;
}

function checked(name: string, value: unknown): unknown {
  if (Object.hasOwn(RANGES, name)) return wholeNumber(name as NumberName, value);
  if (name === "sinkPaused") {
    if (typeof value === "boolean") return value;
    throw refused("sinkPaused must be true or false");
  }
  if (name === "overflow") {
    if (OVERFLOWS.some((overflow) => overflow === value)) return value;
    throw refused(`overflow must be one of ${OVERFLOWS.join(", ")}`);
  }
  if (name === "action") throw refused("action must stand alone");
  throw refused(`there is no control ${JSON.stringify(name.slice(0, 40))}`);
}

function wholeNumber(name: NumberName, value: unknown): number {
  const { min, max } = RANGES[name];
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw refused(`${name} must be a whole number from ${min} to ${max}`);
}

function refused(message: string): InputError {
  return new InputError(400, "bad_order", message);
}
