/** What `send` is told besides its batch. */
export interface SendContext {
  /**
   * Aborted when the send takes longer than `sendTimeoutMs`, or when everything is called off. A copy (`{ ...context }`) does not
   * have it.
   */
  readonly signal: AbortSignal;
  /** 1 at the first attempt. */
  readonly attempt: number;
}
