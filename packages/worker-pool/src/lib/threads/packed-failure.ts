import { show } from "@disp/options";

/** What a task threw, as it travels: structured clones of errors lose their names, their codes and more. */
export type PackedFailure = PackedError | PackedValue;

interface PackedError {
  readonly kind: "error";
  readonly name: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: PackedFailure | undefined;
  readonly errors: readonly PackedFailure[] | undefined;
  /** Its own enumerable properties, as far as they can be cloned. */
  readonly properties: Readonly<Record<string, unknown>>;
}

interface PackedValue {
  readonly kind: "value";
  readonly value: unknown;
}

/** Causes of causes beyond this depth stay behind; a cause that leads back to its error ends here, too. */
const DEEPEST = 16;
const APART: readonly string[] = ["name", "message", "stack", "cause", "errors"];

/** Never throws. */
export function packFailure(thrown: unknown): PackedFailure {
  try {
    return pack(thrown, 0);
  } catch {
    return packText("an error that cannot be read was thrown");
  }
}

/** The error as it was, or the thrown value itself if that was no error. */
export function unpackFailure(packed: PackedFailure): unknown {
  return packed.kind === "value" ? packed.value : unpackError(packed);
}

function pack(thrown: unknown, depth: number): PackedFailure {
  if (isError(thrown)) return packError(thrown, depth);
  if (isCloneable(thrown)) return { kind: "value", value: thrown };
  return packText(`the task threw ${show(thrown)}, which cannot be cloned`);
}

function packError(error: Error, depth: number): PackedError {
  const isDeep = depth >= DEEPEST;
  const errors: unknown = Reflect.get(error, "errors");
  return {
    kind: "error",
    name: text(error.name),
    message: text(error.message),
    stack: typeof error.stack === "string" ? error.stack : undefined,
    cause: "cause" in error && !isDeep ? pack(error.cause, depth + 1) : undefined,
    errors: Array.isArray(errors) && !isDeep ? errors.map((each) => pack(each, depth + 1)) : undefined,
    properties: propertiesOf(error),
  };
}

function packText(message: string): PackedError {
  const { stack } = new Error(message);
  return { kind: "error", name: "Error", message, stack, cause: undefined, errors: undefined, properties: {} };
}

function propertiesOf(error: Error): Record<string, unknown> {
  const entries = Object.entries(error).filter(([key, value]) => !APART.includes(key) && isCloneable(value));
  return Object.fromEntries(entries);
}

/** Whatever somebody has set as a name. */
function text(value: unknown): string {
  return typeof value === "string" ? value : String(value);
}

/** Errors of another realm (a vm, a test runner) are errors, too. */
function isError(thrown: unknown): thrown is Error {
  return thrown instanceof Error || Object.prototype.toString.call(thrown) === "[object Error]";
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

const BUILT_IN: Readonly<Record<string, ErrorConstructor>> = {
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

function unpackError(packed: PackedError): Error {
  const error = make(packed);
  if (error.name !== packed.name) hide(error, "name", packed.name);
  hide(error, "stack", packed.stack);
  if (packed.cause !== undefined) hide(error, "cause", unpackFailure(packed.cause));
  return Object.assign(error, packed.properties);
}

function make({ name, message, errors }: PackedError): Error {
  if (errors !== undefined) return new AggregateError(errors.map(unpackFailure), message);
  const Class = Object.hasOwn(BUILT_IN, name) ? BUILT_IN[name] : undefined;
  return new (Class ?? Error)(message);
}

/** As errors have it: not enumerable. */
function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false });
}
