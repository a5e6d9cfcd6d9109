import { callHook } from "@disp/hooks";
import { type BatchEnd, type BatchMetric, Stopwatch, type WatchedBatch } from "./metric.ts";

/** Those who want to hear how batches went. While there are none, no clock is read for them. */
export class Metrics {
  readonly #listeners = new Set<{ readonly listener: (metric: BatchMetric) => void }>();

  /** @returns what ends it. */
  subscribe(listener: (metric: BatchMetric) => void): () => void {
    // One place for each call: who subscribes twice hears everything twice, until each of both is ended.
    const place = { listener };
    this.#listeners.add(place);
    return () => void this.#listeners.delete(place);
  }

  /** A watch for a batch whose turn has come, if anybody listens. */
  start(batch: WatchedBatch): Stopwatch | undefined {
    return this.#listeners.size === 0 ? undefined : new Stopwatch(batch, performance.now());
  }

  tell(watch: Stopwatch | undefined, end: BatchEnd): void {
    if (watch === undefined) return;
    const metric = watch.stop(performance.now(), end);
    for (const { listener } of [...this.#listeners]) callHook(listener, metric);
  }
}
