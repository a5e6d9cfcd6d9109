/** What a number must satisfy. Without `orInfinity` it must be finite; NaN never passes. */
export interface NumberRule {
  /** Whole numbers only. */
  readonly whole?: boolean;
  /** The smallest value that passes. */
  readonly min?: number;
  /** The value must be greater than this. */
  readonly above?: number;
  /** The greatest value that passes. */
  readonly max?: number;
  /** `Infinity` passes too, whatever `max` says. */
  readonly orInfinity?: boolean;
}

/**
 * Returns `value` when it is a number within `rule`.
 *
 * @param action - What the caller wanted, as it reads after "Cannot": `"create a Dispatcher"`.
 * @param path - The option's path as the caller wrote it: `"batch.maxItems"`.
 * @throws TypeError when it is no number, RangeError when it is outside the rule.
 */
export function checkNumber(action: string, path: string, value: unknown, rule: NumberRule = {}): number {
  if (typeof value !== "number") throw new TypeError(complaint(action, path, describe(rule), value));
  if (!satisfies(value, rule)) throw new RangeError(complaint(action, path, describe(rule), value));
  return value;
}

/** What a text must be like: in words, and as a pattern. */
export interface TextRule {
  readonly rule: string;
  /** @defaultValue any string will do */
  readonly pattern?: RegExp;
}

const ANY_TEXT: TextRule = { rule: "a string" };

/** A rule for names: no empty ones. */
export const NOT_EMPTY: TextRule = { rule: "a string that is not empty", pattern: /./su };

/** Returns `value` when it is a string as the rule says. @throws TypeError when it is none, RangeError when it breaks the rule. */
export function checkText(
  action: string,
  path: string,
  value: unknown,
  { rule, pattern }: TextRule = ANY_TEXT,
): string {
  if (typeof value !== "string") throw new TypeError(complaint(action, path, rule, value));
  if (pattern?.test(value) === false) throw new RangeError(complaint(action, path, rule, value));
  return value;
}

/** Returns `value` when it is true or false. @throws TypeError otherwise. */
export function checkBoolean(action: string, path: string, value: unknown): boolean {
  if (typeof value !== "boolean") throw new TypeError(complaint(action, path, "true or false", value));
  return value;
}

/** Returns `value` when it is one of `choices`. @throws TypeError otherwise. */
export function checkChoice<Choice extends string>(
  action: string,
  path: string,
  value: unknown,
  choices: readonly Choice[],
): Choice {
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined) {
    throw new TypeError(complaint(action, path, choices.map((name) => `"${name}"`).join(" or "), value));
  }
  return choice;
}

/** Returns `value` when it is a function. @throws TypeError otherwise. */
export function checkFunction<Fn>(action: string, path: string, value: Fn): Fn {
  if (typeof value !== "function") throw new TypeError(complaint(action, path, "a function", value));
  return value;
}

/**
 * Returns `value` when it is an object that has a method of every given name.
 *
 * @param example - What makes such an object, for the message.
 * @throws TypeError otherwise.
 */
export function checkObject<Value>(
  action: string,
  path: string,
  value: Value,
  methods: readonly string[] = [],
  example?: string,
): Value {
  const isObject = typeof value === "object" && value !== null;
  const lacks = isObject ? methods.find((name) => typeof Reflect.get(value, name) !== "function") : undefined;
  if (!isObject || lacks !== undefined) {
    const rule = methods.length === 0 ? "an object" : `an object with ${methods.map((name) => `${name}()`).join(", ")}`;
    throw new TypeError(complaint(action, path, example === undefined ? rule : `${rule}, such as ${example}`, value));
  }
  return value;
}

/**
 * Returns `value` when it is a retry policy.
 *
 * @throws TypeError otherwise: plain options of a policy are a likely mistake, so it says where policies come from.
 */
export function checkPolicy<Policy>(action: string, path: string, value: Policy): Policy {
  return checkObject(action, path, value, ["nextDelayMs"], "exponentialBackoff() of @disp/retry");
}

/** The name of every option of an interface: the compiler sees to it that none is forgotten. */
export type OptionNames<Options> = { readonly [Name in keyof Options]-?: true };

/**
 * Returns `value` when it is an object whose enumerable properties all have one of these names, or are undefined: a name
 * that is misspelled, or that belongs elsewhere, would be ignored, and nobody would hear of it.
 *
 * @throws TypeError otherwise.
 */
export function checkOptions<Options extends object>(
  action: string,
  path: string,
  value: Options,
  names: OptionNames<NoInfer<Options>>,
): Options {
  return checkNames(action, path, value, names);
}

/** What the contexts of sends, tasks, jobs and batches have besides their signal. */
const OF_CONTEXTS = { attempt: true, worker: true, key: true, token: true };

/** The same for the options of a call that waits: for the sake of its signal, a context may be passed on as those. */
export function checkWaitOptions<Options extends object>(
  action: string,
  path: string,
  value: Options,
  names: OptionNames<NoInfer<Options>>,
): Options {
  return checkNames(action, path, value, names, OF_CONTEXTS);
}

/** Returns `value` when it is an `AbortSignal` or undefined. @throws TypeError otherwise. */
export function checkSignal(action: string, path: string, value: AbortSignal | undefined): AbortSignal | undefined {
  if (value === undefined) return value;
  const isObject = typeof value === "object" && (value as AbortSignal | null) !== null;
  if (!isObject || !("aborted" in value && "addEventListener" in value)) {
    throw new TypeError(complaint(action, path, "an AbortSignal", value));
  }
  return value;
}

const SIGNAL_ONLY = { signal: true } as const;

/**
 * Returns the signal of a call that waits, whose options are a signal and nothing else.
 *
 * @throws TypeError when it is none, or when an option has another name.
 */
export function signalOf(
  action: string,
  options: { readonly signal?: AbortSignal | undefined },
): AbortSignal | undefined {
  return checkSignal(action, "signal", checkWaitOptions(action, "options", options, SIGNAL_ONLY).signal);
}

/** A short printable form of any value, for error messages. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return value.name === "" ? "a function" : `function ${value.name}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  if (typeof value === "object" && value !== null) return nameOf(value);
  return String(value);
}

/** @param others - More names that are let through. Nothing is made here: calls that wait are made often. */
function checkNames<Options extends object>(
  action: string,
  path: string,
  value: Options,
  names: object,
  others: object = names,
): Options {
  const isObject = typeof value === "object" && (value as Options | null) !== null;
  if (isObject && !("aborted" in value)) {
    const stranger = strangerIn(value, names, others);
    if (stranger === undefined) return value;
    throw new TypeError(`${complaint(action, path, withOnly(names), value)} with "${stranger}"`);
  }
  throw new TypeError(complaint(action, path, withOnly(names), value));
}

/** The first name that is not known and says something. What all objects have, since somebody gave it to them, says nothing. */
function strangerIn(value: object, names: object, others: object): string | undefined {
  for (const name in value) {
    if (Object.hasOwn(names, name) || Object.hasOwn(others, name)) continue;
    const content: unknown = Reflect.get(value, name);
    if (content !== undefined && content !== Reflect.get(Object.prototype, name)) return name;
  }
  return undefined;
}

function withOnly(names: object): string {
  return `an object with only ${Object.keys(names).join(", ")}`;
}

function satisfies(value: number, rule: NumberRule): boolean {
  if (value === Infinity) return rule.orInfinity === true;
  if (!Number.isFinite(value)) return false;
  if (rule.whole === true && !Number.isInteger(value)) return false;
  if (rule.min !== undefined && value < rule.min) return false;
  if (rule.above !== undefined && value <= rule.above) return false;
  return rule.max === undefined || value <= rule.max;
}

function describe(rule: NumberRule): string {
  const bounds = [
    rule.min === undefined ? undefined : `>= ${rule.min}`,
    rule.above === undefined ? undefined : `> ${rule.above}`,
    rule.max === undefined ? undefined : `<= ${rule.max}`,
  ].filter((bound) => bound !== undefined);
  const kind = rule.whole === true ? "a whole number" : "a number";
  const range = bounds.length === 0 ? kind : `${kind} ${bounds.join(" and ")}`;
  return rule.orInfinity === true ? `${range} or Infinity` : range;
}

function complaint(action: string, path: string, rule: string, value: unknown): string {
  return `Cannot ${action}: ${path} must be ${rule}, got ${show(value)}`;
}

function nameOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return "an object";
  return `an instance of ${value.constructor.name}`;
}
