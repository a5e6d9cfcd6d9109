/** Options of `stop`. */
export interface BatchStopOptions {
  /**
   * Milliseconds after which nothing is waited for any longer.
   *
   * @defaultValue Infinity
   */
  readonly timeoutMs?: number | undefined;
}
