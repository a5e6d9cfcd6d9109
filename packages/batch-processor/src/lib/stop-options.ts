/** Options of `stop`. */
export interface StopOptions {
  /**
   * Milliseconds after which nothing is waited for any longer.
   *
   * @defaultValue Infinity
   */
  readonly timeoutMs?: number | undefined;
}
