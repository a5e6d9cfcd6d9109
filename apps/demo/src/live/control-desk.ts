import { RateLimiter, type Summary } from "@disp/core";
import { type Pipeline, PipelineBusyError } from "../pipeline.ts";
import type { Action, Controls, Order } from "./controls.ts";
import type { Load } from "./load.ts";
import type { WatchedPipeline } from "./watched-pipeline.ts";
import { FAIR } from "./weather.ts";

export interface ControlDeskOptions {
  readonly watched: WatchedPipeline;
  readonly load: Load;
  /** Told what became of everything, once a drain that was asked for here is through. */
  readonly onDrained: (summary: Summary) => void;
  readonly onResume: () => void;
}

/** An order that cannot be obeyed now, though nothing is wrong with it. */
export class NotNowError extends Error {
  override readonly name = "NotNowError";
}

/** What the controls of the page act on. */
export class ControlDesk {
  readonly #options: ControlDeskOptions;
  readonly #limiter: RateLimiter | undefined;
  readonly #atStart: Controls;

  constructor(options: ControlDeskOptions) {
    this.#options = options;
    const { rateLimit } = options.watched;
    this.#limiter = rateLimit instanceof RateLimiter ? rateLimit : undefined;
    this.#atStart = this.controls;
  }

  /** Undefined: it is shared with other gateways. */
  get limiter(): RateLimiter | undefined {
    return this.#limiter;
  }

  get controls(): Controls {
    const { watched, load } = this.#options;
    const { pipeline, weather } = watched;
    const { latencyMs, failurePercent, paused } = weather.forecast;
    return {
      arrivalRate: load.ratePerSecond,
      sinkLatencyMs: latencyMs,
      sinkFailurePercent: failurePercent,
      sinkPaused: paused,
      statementsPerSecond: this.#limiter?.ratePerSecond ?? null,
      ...pipeline.settings,
    };
  }

  /** @throws NotNowError, and then nothing has changed; but a reset has calmed the database and the producers in any case. */
  obey(order: Order): void {
    try {
      if (order.kind === "set") this.#set(order.change);
      else this.#do(order.action);
    } catch (error) {
      if (error instanceof PipelineBusyError) throw new NotNowError(error.message);
      throw error;
    }
  }

  /** Everything that was made worse here is good again, and nothing more is sent from here. For the end. */
  calm(): void {
    this.#options.load.stop();
    this.#options.watched.weather.set(FAIR);
  }

  #set(change: Partial<Controls>): void {
    const { load, watched } = this.#options;
    const { pipeline, weather } = watched;
    const { statementsPerSecond: rate, arrivalRate = load.ratePerSecond } = change;
    if (arrivalRate > 0) mustBeOpen(pipeline.state);
    if (rate !== undefined && this.#limiter === undefined) {
      throw new NotNowError("the limit is shared with other gateways");
    }
    const { concurrency = pipeline.settings.concurrency, overflow = pipeline.settings.overflow } = change;
    // The only one of the changes that may be refused from here on.
    pipeline.change({ concurrency, overflow });
    if (typeof rate === "number") this.#limiter?.setRate(rate);
    if (arrivalRate !== load.ratePerSecond) load.set(arrivalRate);
    const { forecast } = weather;
    weather.set({
      latencyMs: change.sinkLatencyMs ?? forecast.latencyMs,
      failurePercent: change.sinkFailurePercent ?? forecast.failurePercent,
      paused: change.sinkPaused ?? forecast.paused,
    });
  }

  #do(action: Action): void {
    const { load, watched, onDrained, onResume } = this.#options;
    const { pipeline } = watched;
    switch (action) {
      case "poison":
        mustBeOpen(pipeline.state);
        if (!load.poison()) throw new NotNowError("all producers are waiting for their answers");
        break;
      case "drain":
        if (pipeline.state !== "open") return;
        load.set(0);
        void pipeline.drain().then(onDrained);
        break;
      case "resume":
        pipeline.resume();
        onResume();
        break;
      case "reset": {
        // First what keeps rows from leaving: it may be why there is no room for another dispatcher.
        load.set(0);
        watched.weather.set(FAIR);
        const { statementsPerSecond, ...others } = this.#atStart;
        this.#set(statementsPerSecond === null ? others : this.#atStart);
      }
    }
  }
}

function mustBeOpen(state: Pipeline["state"]): void {
  if (state !== "open") throw new NotNowError(`the gateway is ${state}: press Resume first`);
}
