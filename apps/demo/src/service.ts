import type { Dispatcher, Summary } from "@disp/core";
import { createDelivery } from "./delivery.ts";
import type { EventRow } from "./events.ts";
import { Gateway, type GatewayLimits } from "./gateway.ts";
import type { Store } from "./store.ts";

const DRAIN_MS = 10_000;
const LAST_ANSWERS_MS = 3_000;

/** Door, dispatcher and database, put together. */
export class Service {
  readonly gateway: Gateway;
  readonly dispatcher: Dispatcher<EventRow>;
  readonly #store: Store;
  #stopping: Promise<Summary> | undefined;

  constructor(store: Store, limits: Partial<GatewayLimits> = {}) {
    this.#store = store;
    this.dispatcher = createDelivery(store);
    this.gateway = new Gateway({ dispatcher: this.dispatcher, limits });
  }

  /** Takes nothing more, stores what was taken, answers those who wait, and closes the database, in this order. */
  stop(): Promise<Summary> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<Summary> {
    this.gateway.drain();
    const summary = await this.dispatcher.drain({ timeoutMs: DRAIN_MS });
    await this.gateway.close(LAST_ANSWERS_MS);
    await this.#store.close();
    return summary;
  }
}
