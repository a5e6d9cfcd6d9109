import type { Dispatcher, Summary } from "@disp/core";
import { createDelivery } from "./delivery.ts";
import type { EventRow } from "./events.ts";
import { Gateway, type GatewayLimits } from "./gateway.ts";
import type { Store } from "./store.ts";

const LAST_ANSWERS_MS = 3_000;

export interface ServiceOptions {
  readonly limits?: Partial<GatewayLimits>;
  /** How long stopping may wait for the database, in milliseconds. */
  readonly drainMs?: number;
}

/** Door, dispatcher and database, put together. */
export class Service {
  readonly gateway: Gateway;
  readonly dispatcher: Dispatcher<EventRow>;
  readonly #store: Store;
  readonly #drainMs: number;
  #stopping: Promise<Summary> | undefined;

  constructor(store: Store, { limits = {}, drainMs = 10_000 }: ServiceOptions = {}) {
    this.#store = store;
    this.#drainMs = drainMs;
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
    const summary = await this.dispatcher.drain({ timeoutMs: this.#drainMs });
    await this.gateway.close(LAST_ANSWERS_MS);
    await this.#store.close();
    return summary;
  }
}
