import { checkNumber } from "@disp/options";

/** Deep enough for any real chain of causes; ends one that runs in a circle. */
const MAX_CAUSES = 8;

/**
 * Reads how long an error asks its caller to wait. It looks, in this order, at `error.retryAfterMs`, at the
 * `Retry-After` header of `error.response.headers` and of `error.headers`, and then at the same of `error.cause` and
 * its causes.
 *
 * Headers may be a `Headers` object, a `Map` or a plain object, with names in any letter case and lists of values. The
 * header counts seconds or names a date (RFC 9110, 10.2.3). What cannot be read is passed over in silence: this runs
 * where something failed already, so it never throws because of the error.
 *
 * @param error - Anything that was thrown.
 * @param nowDate - The time that dates are counted from, as milliseconds since 1970.
 * @returns Milliseconds, never negative, or undefined when the error has no hint.
 * @throws TypeError or RangeError when `nowDate` is no finite number.
 *
 * @example
 * ```ts
 * import { retryAfterMs } from "@disp/retry";
 *
 * retryAfterMs({ response: { headers: { "Retry-After": "120" } } }); // => 120_000
 * retryAfterMs(new Error("reset by peer")); // => undefined
 * ```
 */
export function retryAfterMs(error: unknown, nowDate: number = Date.now()): number | undefined {
  checkNumber("read a retry hint", "nowDate", nowDate);
  let current = error;
  for (let depth = 0; depth <= MAX_CAUSES && current !== undefined; depth++) {
    const hint = hintOf(current, nowDate);
    if (hint !== undefined) return hint;
    current = read(current, "cause");
  }
  return undefined;
}

function hintOf(error: unknown, nowDate: number): number | undefined {
  return (
    asDelay(read(error, "retryAfterMs")) ??
    hintInHeaders(read(read(error, "response"), "headers"), nowDate) ??
    hintInHeaders(read(error, "headers"), nowDate)
  );
}

function hintInHeaders(headers: unknown, nowDate: number): number | undefined {
  for (const value of retryAfterValues(headers)) {
    const hint = asDelay(typeof value === "string" ? parse(value.trim(), nowDate) : asMilliseconds(value));
    if (hint !== undefined) return hint;
  }
  return undefined;
}

function retryAfterValues(headers: unknown): unknown[] {
  if (!isObject(headers)) return [];
  // A getter, a proxy or an iterator of somebody else may throw.
  try {
    const entries = isIterable(headers) ? [...headers] : Object.entries(headers);
    const values = entries.flatMap((entry) => (isRetryAfter(entry) ? entry[1] : []));
    // Some clients' headers can only be asked.
    return values.length === 0 && canBeAsked(headers) ? [headers.get("retry-after")] : values;
  } catch {
    return [];
  }
}

function canBeAsked(headers: object): headers is { get(name: string): unknown } {
  return "get" in headers && typeof headers.get === "function";
}

function isRetryAfter(entry: unknown): entry is [string, unknown] {
  return Array.isArray(entry) && typeof entry[0] === "string" && entry[0].toLowerCase() === "retry-after";
}

function parse(text: string, nowDate: number): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text) * 1_000;
  // Date.parse alone takes nearly anything for a date, "-5" included: all three formats of HTTP begin with a weekday.
  if (!/^(mon|tue|wed|thu|fri|sat|sun)[a-z]*,? .*\d\d:\d\d:\d\d/i.test(text)) return undefined;
  // The third format, that of asctime(), names no zone and means GMT.
  const date = Date.parse(/(gmt|utc|[+-]\d{4})$/i.test(text) ? text : `${text} GMT`);
  return Math.max(0, date - nowDate);
}

function asMilliseconds(seconds: unknown): number | undefined {
  return typeof seconds === "number" ? seconds * 1_000 : undefined;
}

function asDelay(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && Number.isFinite(value) ? value : undefined;
}

function read(target: unknown, key: string): unknown {
  if (!isObject(target)) return undefined;
  try {
    return Reflect.get(target, key);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function isIterable(value: object): value is Iterable<unknown> {
  return typeof Reflect.get(value, Symbol.iterator) === "function";
}
