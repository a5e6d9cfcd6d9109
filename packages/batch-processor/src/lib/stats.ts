/** What a {@link BatchProcessor} is doing. */
export interface BatchProcessorStats {
  /** Batches that newcomers can join: their operations have not begun and they are not full. */
  readonly openBatches: number;
  /** Operations that have not run: those of open batches, and of full ones whose turn has not come. */
  readonly waitingOperations: number;
  /** Batches that are loaded, run or saved. One that is being loaded is open, too. */
  readonly runningBatches: number;
  /** Lanes that are at work, or kept by a call that is overdue. */
  readonly busyLanes: number;
}
