import { callHook } from "@disp/hooks";
import type { KeyLease } from "./key-lock.ts";

/** The life of a lease, in order: it is either given back or lost. */
const HELD = 0;
const LOST = 1;
const RELEASED = 2;

/** What surrounds the leases. */
export interface LeaseHost {
  readonly leaseMs: number;
  /** It was given back, or lost. @returns when it is over at the server, too. */
  ended(lease: RedisKeyLease): Promise<void>;
}

/**
 * A key that is held. It ends by the clock of this process before it ends at the server: the server lets it last for
 * `leaseMs` from when it carries a command out, here it lasts for `leaseMs` from before that command was sent, which is
 * earlier, whatever the network, the queues of the client and a stall of the event loop have added since. Only clocks that
 * do not tick alike could turn it round: a server whose clock is set forward, a machine that was suspended. The token is
 * there for those.
 */
export class RedisKeyLease implements KeyLease {
  readonly key: string;
  /** Who holds it, as the server knows it. */
  readonly owner: string;
  readonly token: number;
  /** Whether a renewal is under way. */
  isRenewing = false;
  #state: typeof HELD | typeof LOST | typeof RELEASED = HELD;
  #heldUntil: number;
  #listeners: (() => void)[] = [];
  #released: Promise<void> | undefined;
  readonly #host: LeaseHost;

  /** @param sentAt - Read before the command was sent that took it. */
  constructor(host: LeaseHost, key: string, owner: string, token: number, sentAt: number) {
    this.#host = host;
    this.key = key;
    this.owner = owner;
    this.token = token;
    this.#heldUntil = sentAt + host.leaseMs;
  }

  get heldUntil(): number {
    return this.#heldUntil;
  }

  get isHeld(): boolean {
    // Once somebody has read that it is not held, it must not be held again, though a renewal may be about to be heard of.
    if (this.#state === HELD && performance.now() >= this.#heldUntil) this.lose();
    return this.#state === HELD;
  }

  onLost(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** @param sentAt - Read before the command was sent that renewed it. */
  renewed(sentAt: number): void {
    if (this.isHeld) this.#heldUntil = Math.max(this.#heldUntil, sentAt + this.#host.leaseMs);
  }

  lose(): void {
    if (this.#state !== HELD) return;
    this.#state = LOST;
    // A renewal that was sent may yet be carried out, and would keep the key from others.
    this.#host.ended(this).catch(ignore);
    const listeners = this.#listeners.splice(0);
    if (listeners.length > 0) queueMicrotask(() => listeners.forEach((listener) => callHook(listener, undefined)));
  }

  release(): Promise<void> {
    if (this.isHeld) {
      this.#state = RELEASED;
      this.#listeners = [];
      this.#released = this.#host.ended(this);
    }
    return this.#released ?? Promise.resolve();
  }
}

function ignore(): void {
  // It ends by itself.
}
