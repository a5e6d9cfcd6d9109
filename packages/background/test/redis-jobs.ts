import { BackgroundProcessor, type BackgroundProcessorOptions, type DedupStore } from "@disp/background";

/** A processor of jobs that run until the test ends them, in real time. */
export interface Jobs {
  readonly processor: BackgroundProcessor<string>;
  /** The keys, in the order in which their jobs were started. */
  readonly started: string[];
  /** Resolves with `"scheduled"`, or with the reason why not. */
  schedule(key: string, holdMs?: number): Promise<string>;
  /** Lets all jobs end that run, and waits until the store has heard of it. */
  finishAll(): Promise<void>;
}

export function setUpJobs(dedup: DedupStore, options: Partial<BackgroundProcessorOptions<string>> = {}): Jobs {
  const started: string[] = [];
  const running = new Set<() => void>();
  let releasing: Promise<void>[] = [];
  const watched: DedupStore = {
    bumpGeneration: () => dedup.bumpGeneration(),
    async acquire(key, holdMs) {
      const hold = await dedup.acquire(key, holdMs);
      if (hold === undefined) return undefined;
      return {
        renew: (ms) => hold.renew(ms),
        release(remainingMs) {
          const released = hold.release(remainingMs);
          releasing.push(released);
          return released;
        },
      };
    },
  };
  const processor = new BackgroundProcessor<string>({
    process: (key) =>
      new Promise((resolve) => {
        started.push(key);
        running.add(resolve);
      }),
    dedup: watched,
    ...options,
  });
  return {
    processor,
    started,
    async schedule(key, holdMs = 0) {
      const result = await processor.schedule(key, key, { holdMs });
      return result.scheduled ? "scheduled" : result.reason;
    },
    async finishAll() {
      const count = running.size;
      for (const finish of running) finish();
      running.clear();
      while (releasing.length < count && processor.stats().running > 0) {
        await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(releasing);
      releasing = [];
    },
  };
}
