import type { Frame } from "../frame.ts";
import { bodyOf } from "../replay.ts";
import type { GatewayProcess } from "./gateway-process.ts";

export interface KillOptions {
  readonly victim: GatewayProcess;
  /** Whether the moment has come. */
  readonly isTime: () => boolean;
  /** Whether an event of the block is in the table. */
  readonly isStored: (block: readonly Frame[]) => Promise<boolean>;
}

/**
 * Kills a gateway at a bad moment: in the middle of a request, with some of its events stored, and no answer given. It is
 * done by the body of that request, which stops halfway.
 */
export class KillOne {
  readonly #options: KillOptions;
  #isBegun = false;
  #isOver = false;
  #killedAt: number | undefined;

  constructor(options: KillOptions) {
    this.#options = options;
  }

  /** When it was done. */
  get killedAt(): number | undefined {
    return this.#killedAt;
  }

  /** The body of a request, or that body. */
  readonly bodyOf = (block: readonly Frame[], receiver: GatewayProcess): Iterable<Buffer> | AsyncIterable<Buffer> => {
    if (this.#isBegun || receiver !== this.#options.victim || !this.#options.isTime()) return bodyOf(block);
    this.#isBegun = true;
    return this.#half(block);
  };

  /** The replay has ended: nobody waits for the moment any more. */
  stop(): void {
    this.#isOver = true;
  }

  async *#half(block: readonly Frame[]): AsyncGenerator<Buffer> {
    yield* bodyOf(block.slice(0, Math.ceil(block.length / 2)));
    const { victim, isStored } = this.#options;
    while (!this.#isOver && !(await isStored(block)));
    if (this.#isOver || victim.gone.aborted) return;
    this.#killedAt = performance.now();
    // Nothing more comes, and the request has no end: only death ends it.
    const gone = new Promise((resolve) => victim.gone.addEventListener("abort", resolve));
    victim.kill();
    await gone;
  }
}
