/** The groups, each of which has a process of its own, and the package that it needs built. */
export const GROUPS = {
  queue: "@disp/sync-queue",
  handoff: "@disp/sync-queue",
  dispatcher: "@disp/core",
  backlog: "@disp/core",
  limiter: "@disp/ratelimit",
  pool: "@disp/worker-pool",
  threads: "@disp/worker-pool",
  batch: "@disp/batch-processor",
  background: "@disp/background",
  redis: "@disp/core",
  originals: "@disp/core",
  load: "@disp/core",
  growth: "@disp/core",
  soak: "@disp/core",
} as const;

export type GroupName = keyof typeof GROUPS;

export const GROUP_NAMES = Object.keys(GROUPS) as readonly GroupName[];

/** What runs when no group is named: all but the one that takes ten minutes. */
export const USUAL_GROUPS: readonly GroupName[] = GROUP_NAMES.filter((name) => name !== "soak");
