import { BackgroundProcessor } from "@disp/background";
import { BatchProcessor } from "@disp/batch-processor";
import { KeyedRateLimiter } from "@disp/ratelimit";
import { keyNames } from "./key-names.ts";
import { COLUMNS, type Holder, ours, peer, type Subject, weighAll } from "./scales.ts";
import type { Study } from "../study.ts";
import { expectSame } from "../wrong-result.ts";

interface LimiterModule {
  readonly RateLimiter: new (options: {
    tokensPerInterval: number;
    interval: number;
  }) => {
    tryRemoveTokens(n: number): boolean;
  };
}

interface FlexibleModule {
  readonly default: {
    readonly RateLimiterMemory: new (options: {
      points: number;
      duration: number;
    }) => {
      consume(key: string): Promise<{ readonly remainingPoints: number }>;
      delete(key: string): Promise<boolean>;
    };
  };
}

const HOUR_MS = 3_600_000;

const KEYS = keyNames(0);

function key(index: number): string {
  return KEYS[index] as string;
}

function limiter(): Holder {
  const keyed = new KeyedRateLimiter<string>({ ratePerSecond: 1, burst: 3, maxKeys: Infinity });
  let now = 0;
  return {
    fill: (count) => {
      let allowed = 0;
      for (let i = 0; i < count; i++) if (keyed.allow(key(i), 1, now)) allowed++;
      expectSame("allowed", allowed, count);
      expectSame("keys", keyed.size, count);
    },
    empty: () => {
      // Nobody uses them for so long that all of them are full again. Whoever comes then has some of them forgotten.
      now += HOUR_MS;
      do keyed.allow("next", 1, now);
      while (keyed.size > 1);
      expectSame("keys", keyed.size, 1);
      now += HOUR_MS;
    },
  };
}

function batches(): Holder {
  let saved = 0;
  let called = 0;
  const processor = new BatchProcessor<undefined>({ minDurationMs: 0, save: () => saved++ });
  const operation = () => 1;
  let last: Promise<number> | undefined;
  return {
    fill: (count) => {
      called += count;
      for (let i = 0; i < count; i++) last = processor.run(key(i), operation);
      expectSame("keys", processor.stats().openBatches, count);
    },
    empty: async () => {
      await last;
      while (saved < called) await new Promise(setImmediate);
      expectSame("keys", processor.stats().openBatches + processor.stats().runningBatches, 0);
      expectSame("keys saved", saved, called);
    },
  };
}

/** Their jobs are done, and their holds last on. */
function holds(): Holder {
  let done = 0;
  const processor = new BackgroundProcessor<number>({
    process: () => {
      done++;
    },
  });
  const hold = { holdMs: HOUR_MS };
  return {
    fill: async (count) => {
      const end = done + count;
      for (let i = 0; i < count; i++) void processor.schedule(key(i), i, hold);
      while (done < end) await new Promise(setImmediate);
      expectSame("held again", (await processor.schedule(key(0), 0, hold)).scheduled, false);
    },
    empty: async () => {
      await processor.bumpGeneration();
    },
  };
}

/** Holds that end by themselves, while other keys come, are held for a while and go. */
function endingHolds(): Holder {
  let done = 0;
  const processor = new BackgroundProcessor<number>({
    process: () => {
      done++;
    },
  });
  let held = 0;
  let endsAt = 0;
  const burst = async (count: number, nameOf: (index: number) => string, holdMs: number) => {
    const end = done + count;
    for (let i = 0; i < count; i++) void processor.schedule(nameOf(i), i, { holdMs });
    while (done < end) await new Promise(setImmediate);
  };
  return {
    fill: async (count) => {
      held = count;
      // Long enough for all of them to be held at a time.
      const holdMs = 100 + count / 100;
      await burst(count, key, holdMs);
      endsAt = performance.now() + holdMs;
    },
    empty: async () => {
      while (performance.now() <= endsAt) await pause();
      // Those that have ended are cleared away as others begin: two for each.
      for (let i = 0; i < held; i += FEW_HOLDS) {
        await burst(FEW_HOLDS, (index) => `other:${i + index}`, FEW_HOLDS_MS);
        // Or as many others as could come within their hold would still be there.
        await pause();
      }
    },
  };
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

const FEW_HOLDS = 1_000;
/** Longer than a job may have to wait on a busy machine: only a hold that outlasts its job has others cleared away. */
const FEW_HOLDS_MS = 50;

/** The nearest that there is: a limiter for each key, and nobody who forgets one. */
function limiterInMap({ RateLimiter }: LimiterModule): Holder {
  const byKey = new Map<string, InstanceType<LimiterModule["RateLimiter"]>>();
  return {
    fill: (count) => {
      let allowed = 0;
      for (let i = 0; i < count; i++) {
        const limiter = new RateLimiter({ tokensPerInterval: 3, interval: HOUR_MS });
        byKey.set(key(i), limiter);
        if (limiter.tryRemoveTokens(1)) allowed++;
      }
      expectSame("allowed", allowed, count);
    },
    empty: () => byKey.clear(),
  };
}

/** It forgets keys by a timer for each. Here they are deleted, which ends the timer. */
function flexible({ default: { RateLimiterMemory } }: FlexibleModule): Holder {
  const limiter = new RateLimiterMemory({ points: 3, duration: HOUR_MS / 1_000 });
  let filled = 0;
  return {
    fill: async (count) => {
      filled = count;
      let left = 0;
      for (let i = 0; i < count; i++) left += (await limiter.consume(key(i))).remainingPoints;
      expectSame("points left", left, 2 * count);
    },
    empty: async () => {
      let deleted = 0;
      for (let i = 0; i < filled; i++) if (await limiter.delete(key(i))) deleted++;
      expectSame("deleted", deleted, filled);
    },
  };
}

const SUBJECTS: readonly Subject[] = [
  // What stays is the Map's own: it has room for the next keys.
  ours("KeyedRateLimiter, keys in use", limiter, 15),
  ours("BatchProcessor, keys with an operation", batches),
  ours("BackgroundProcessor, keys held", holds),
  // The holds of the last others may be there still.
  ours("BackgroundProcessor, holds that end, then other keys", endingHolds, 60),
  peer("limiter, RateLimiter in a Map", "limiter", limiterInMap),
  peer("rate-limiter-flexible, memory", "rate-limiter-flexible", flexible),
];

export const bytesPerKey: Study = {
  name: "bytes per key",
  about:
    "So many keys are in use at a time; the strings themselves are the caller's. The last column: what is still held once all of them are forgotten, done, or no longer held.",
  columns: COLUMNS,
  run: (stage) => {
    keyNames(stage.isSmoke ? 100 : 1_000_000);
    return weighAll(SUBJECTS, stage);
  },
};
