/** What a {@link BatchProcessor} is doing. */
export interface BatchProcessorStats {
  /** Batches that newcomers can join: their operations have not begun and they are not full. */
  readonly openBatches: number;
  /** Operations that have not run: those of open batches, and of full ones whose turn has not come. */
  readonly waitingOperations: number;
  /** Batches that wait for their lock, are loaded, run or saved. Those that wait or are loaded are open, too. */
  readonly runningBatches: number;
  /** Lanes that are at work, or kept by a call that is overdue. */
  readonly busyLanes: number;
  /**
   * Locks that could not be given back so far, and have ended, or will end, by themselves. Until then nobody else gets the
   * key. Undefined without a lock.
   */
  readonly failedReleases: number | undefined;
}
