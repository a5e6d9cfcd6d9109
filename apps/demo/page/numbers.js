// @ts-check

const whole = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1, minimumFractionDigits: 1 });

/** What is shown where there is no number. */
export const NONE = "–";

/**
 * A count.
 *
 * @param {number | null | undefined} value
 */
export function count(value) {
  return value === null || value === undefined ? NONE : whole.format(value);
}

/**
 * A number that is small now and then: with a tenth below ten.
 *
 * @param {number | null | undefined} value
 */
export function figure(value) {
  if (value === null || value === undefined) return NONE;
  return value > 0 && value < 10 && !Number.isInteger(value) ? tenth.format(value) : whole.format(value);
}

/**
 * A duration.
 *
 * @param {number | null | undefined} ms
 */
export function duration(ms) {
  if (ms === null || ms === undefined) return NONE;
  return ms < 1_000 ? `${figure(ms)} ms` : `${tenth.format(ms / 1_000)} s`;
}
