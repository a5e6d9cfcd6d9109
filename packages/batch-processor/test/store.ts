import { type BatchMetric, BatchProcessor, type BatchProcessorOptions } from "@disp/batch-processor";

export interface Counter {
  n: number;
}

export const delay = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Rejects with the signal's reason as soon as it is aborted, as a good client does. */
export function delayUnlessAborted(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    setTimeout(resolve, ms);
  });
}

/** What {@link setUp} makes. */
export interface Store {
  readonly processor: BatchProcessor<Counter>;
  readonly values: Map<string, number>;
  readonly log: string[];
  readonly metrics: BatchMetric[];
  readonly add: (key: string, amount: number, signal?: AbortSignal) => Promise<number>;
}

/** A processor over a map of counters, the log of what is done to it, and its metrics. */
export function setUp(options: BatchProcessorOptions<Counter> = {}): Store {
  const values = new Map<string, number>();
  const log: string[] = [];
  const metrics: BatchMetric[] = [];
  const processor = new BatchProcessor<Counter>({
    load: (key) => {
      log.push(`load ${key}`);
      return { n: values.get(key) ?? 0 };
    },
    save: (key, { n }) => {
      log.push(`save ${key} ${n}`);
      values.set(key, n);
    },
    ...options,
  });
  processor.subscribe((metric) => metrics.push(metric));
  const add = (key: string, amount: number, signal?: AbortSignal): Promise<number> =>
    processor.run(key, (counter) => (counter.n += amount), { signal });
  return { processor, values, log, metrics, add };
}

/** Calls that wait until somebody ends them, oldest first. */
export class Gate {
  readonly signals: AbortSignal[] = [];
  readonly #waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];

  get waiting(): number {
    return this.#waiting.length;
  }

  pass(signal?: AbortSignal): Promise<void> {
    if (signal !== undefined) this.signals.push(signal);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  open(): void {
    this.#waiting.shift()?.resolve();
  }

  fail(error: unknown): void {
    this.#waiting.shift()?.reject(error);
  }
}
