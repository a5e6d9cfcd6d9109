import type { GroupName } from "./groups.ts";

/** What the README of the repository shows, and in which words. */
export interface Headline {
  readonly group: GroupName;
  /** The name of the case. */
  readonly name: string;
  readonly job: string;
}

export const HEADLINES: readonly Headline[] = [
  {
    group: "dispatcher",
    name: "tryPush, batches of 100, no-op async send, concurrency 4",
    job: "`Dispatcher.tryPush`, batches of 100",
  },
  {
    group: "backlog",
    name: "1,000,000 items waiting, then sent",
    job: "`Dispatcher.tryPush`, a million items waiting, then sent",
  },
  {
    group: "dispatcher",
    name: "the same with await push() for every item",
    job: "`await Dispatcher.push()` for every item",
  },
  {
    group: "dispatcher",
    name: "the same with deliver() in windows of 1,000: a promise per item",
    job: "`Dispatcher.deliver()`: a promise per item, kept when it was sent",
  },
  { group: "queue", name: "in and out, steady at depth 1,000", job: "`Deque`, in and out at depth 1,000" },
  { group: "handoff", name: "hand-off to a waiting receiver", job: "`SyncQueue`, to a receiver that waits" },
  { group: "limiter", name: "allow(), with its own look at the clock", job: "`RateLimiter.allow`" },
  { group: "limiter", name: "two tiers at once, with tokens in both", job: "`allOf`, two limits at once" },
  { group: "pool", name: "execute in windows of 1,000", job: "`WorkerPool.execute`, 10 workers" },
  { group: "threads", name: "256 tasks in flight, 1 thread", job: "a call to a thread, 256 in flight" },
  { group: "batch", name: "run on one key, in windows of 1,000", job: "`BatchProcessor.run`, one hot key" },
  {
    group: "background",
    name: "schedule distinct keys, in windows of 1,000, each done before the next",
    job: "`BackgroundProcessor.schedule`",
  },
  { group: "redis", name: "take a free key, 512 in flight", job: "a job's key taken through Redis, 512 in flight" },
  {
    group: "originals",
    name: "LUCI's job: one producer, batches of 100, concurrency 4",
    job: "the job of LUCI's dispatcher",
  },
  { group: "originals", name: "elgopher's job: one key, 256 in flight", job: "the job of elgopher/batch" },
  {
    group: "originals",
    name: "gadget's job: tasks that do nothing, 10 workers, until all are done",
    job: "the job of gadget's dispatcher",
  },
  {
    group: "originals",
    name: "vtex's job: schedule distinct keys, over Redis",
    job: "the job of vtex's processor, over Redis",
  },
];
