import { show } from "@disp/options";

/** What JSON has a form for, or leaves away: `undefined` arrives as such. Objects have to be tried. */
const WITH_JSON = new Set(["string", "number", "boolean", "undefined", "object"]);

/** @throws TypeError when it is clear at a glance that `arg` would not arrive. */
export function checkArg(key: string, arg: unknown): void {
  if (!WITH_JSON.has(typeof arg)) refuseWithoutJson(key, arg);
}

/**
 * Tells a BullMQ that could not write `arg` from one that failed otherwise.
 *
 * @throws TypeError when `arg` has no JSON; the message names its job.
 */
export function refuseWithoutJson(key: string, arg: unknown): void {
  let cause: unknown;
  try {
    if (arg === undefined || (JSON.stringify(arg) as string | undefined) !== undefined) return;
  } catch (error) {
    cause = error;
  }
  const got = cause === undefined ? show(arg) : show(cause);
  const message = `Cannot schedule: arg of the job ${show(key)} must have JSON, got ${got}`;
  throw new TypeError(message, cause === undefined ? undefined : { cause });
}
