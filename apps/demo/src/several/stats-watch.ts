import type { GatewayProcess } from "./gateway-process.ts";
import { PeakRate } from "./peak-rate.ts";

/** What a gateway says of itself, as far as it matters here. */
interface Stats {
  readonly dispatcher: { readonly sends: number };
  readonly airports: { readonly repeated: number };
  readonly reports: { readonly built: number };
}

const EVERY_MS = 100;

/** Asks the gateways now and then what they have done. One that is gone counts with what it said last. */
export class StatsWatch {
  readonly #gateways: readonly GatewayProcess[];
  readonly #said = new Map<GatewayProcess, Stats>();
  readonly #rate = new PeakRate();
  #timer: NodeJS.Timeout | undefined;

  constructor(gateways: readonly GatewayProcess[]) {
    this.#gateways = gateways;
  }

  start(): void {
    this.#timer = setTimeout(() => void this.look().then(() => this.#timer && this.start()), EVERY_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  async look(): Promise<void> {
    await Promise.all(this.#gateways.map((gateway) => this.#ask(gateway)));
    const sends = [...this.#said.values()].map(({ dispatcher }) => dispatcher.sends);
    this.#rate.add(
      performance.now(),
      sends.reduce((sum, each) => sum + each, 0),
    );
  }

  /** Statements of all gateways together, in any second. */
  get peak(): number {
    return this.#rate.peak;
  }

  /** Events that came to a gateway and were in the table already. */
  repeatedAt(gateway: GatewayProcess): number {
    return this.#said.get(gateway)?.airports.repeated ?? 0;
  }

  /** Reports that it has built, as far as it could tell. */
  reportsOf(gateway: GatewayProcess): number {
    return this.#said.get(gateway)?.reports.built ?? 0;
  }

  async #ask(gateway: GatewayProcess): Promise<void> {
    if (gateway.gone.aborted) return;
    try {
      const response = await fetch(`${gateway.url}/stats`, { signal: gateway.gone });
      this.#said.set(gateway, (await response.json()) as Stats);
    } catch {
      // It is going, or busy: it is asked again.
    }
  }
}
