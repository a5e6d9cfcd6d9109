import type { AsyncLimiter, Limiter } from "@disp/core";
import { Pipeline } from "../pipeline.ts";
import type { Insert } from "../store-batch.ts";
import { RollingLatencies } from "./latencies.ts";
import { type SinkHealth, SinkWatch } from "./sink-watch.ts";
import { Weather } from "./weather.ts";

export interface WatchedPipelineOptions {
  readonly insert: Insert;
  /** How many statements may run at once, at first. */
  readonly concurrency: number;
  readonly rateLimit: Limiter | AsyncLimiter;
}

/** Latencies are over so many updates. */
const LATENCY_ROUNDS = 8;

/** A pipeline whose doings are measured, and whose database stands in a weather that can be made. */
export class WatchedPipeline {
  readonly pipeline: Pipeline;
  readonly weather: Weather = new Weather();
  readonly latencies: RollingLatencies = new RollingLatencies(LATENCY_ROUNDS);
  readonly rateLimit: Limiter | AsyncLimiter;
  readonly #watch = new SinkWatch();
  #batchRows = 0;

  constructor({ insert, concurrency, rateLimit }: WatchedPipelineOptions) {
    this.rateLimit = rateLimit;
    this.pipeline = new Pipeline({
      insert: this.#watch.over(this.weather.over(insert)),
      concurrency,
      overflow: "block",
      rateLimit,
      onBatch: (rows) => (this.#batchRows += rows),
      onStored: (ms) => this.latencies.add(ms),
    });
  }

  /** Rows in all batches that were sent, each counted once. */
  get batchRows(): number {
    return this.#batchRows;
  }

  get health(): SinkHealth {
    return this.#watch.health;
  }
}
