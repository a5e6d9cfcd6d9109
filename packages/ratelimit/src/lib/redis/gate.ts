import { checkText } from "@disp/options";
import { RateLimitExceededError } from "../errors.ts";
import type { RateLimitWaitOptions } from "../limiter.ts";
import { whyNever } from "../never.ts";
import { checkRequest, checkWait } from "../request.ts";
import { AllowAsker, CheckAsker, PeekAsker } from "./askers.ts";
import type { Buckets } from "./buckets.ts";
import type { RateLimitDecision } from "./decision.ts";
import { RateLimiterClosedError } from "./errors.ts";
import type { Limits } from "./limits.ts";
import { Line, type LineOwner } from "./line.ts";
import type { Outcome } from "./outcome.ts";
import { Timetable } from "./timetable.ts";

const NO: Promise<boolean> = Promise.resolve(false);

/** Lets callers through as the buckets allow: at once, or in a line for each key. */
export class Gate implements LineOwner {
  readonly buckets: Buckets;
  readonly timetable: Timetable = new Timetable();
  readonly #limits: Limits;
  /** Of the keys that somebody waits for. */
  readonly #lines = new Map<string, Line>();
  /** Tokens on their way back. */
  readonly #gifts = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  constructor(buckets: Buckets, limits: Limits) {
    this.buckets = buckets;
    this.#limits = limits;
  }

  /** Whether somebody waits. */
  get hasLines(): boolean {
    return this.#lines.size > 0;
  }

  allow(key: string, n: number): Promise<boolean> {
    try {
      this.checkCall("allow", key, n);
    } catch (error) {
      return Promise.reject(error);
    }
    if (n > this.#limits.maxTokens || this.#delayMsBehind(key, n) !== undefined) return NO;
    return new Promise((resolve, reject) => this.buckets.take(key, n, new AllowAsker(resolve, reject)));
  }

  check(key: string, n: number): Promise<RateLimitDecision> {
    try {
      this.checkCall("check", key, n);
    } catch (error) {
      return Promise.reject(error);
    }
    const delayMs = this.#delayMsBehind(key, n);
    if (delayMs !== undefined) {
      return Promise.resolve({ allowed: false, retryAfterMs: Math.ceil(delayMs), remaining: 0 });
    }
    const isPossible = n <= this.#limits.maxTokens;
    return new Promise((resolve, reject) => {
      this.buckets.take(key, isPossible ? n : 0, new CheckAsker(isPossible, resolve, reject));
    });
  }

  peek(key: string): Promise<number> {
    try {
      this.checkCall("peek", key);
    } catch (error) {
      return Promise.reject(error);
    }
    return new Promise((resolve, reject) => this.buckets.take(key, 0, new PeekAsker(resolve, reject)));
  }

  wait(key: string, n: number, options?: RateLimitWaitOptions): Promise<void> {
    try {
      this.checkCall("wait", key, n);
      if (options !== undefined) checkWait(options);
    } catch (error) {
      return Promise.reject(error);
    }
    const { signal, maxWaitMs = Infinity } = options ?? {};
    if (signal?.aborted === true) return Promise.reject(signal.reason);
    const why = whyNever(n, { ratePerSecond: 1, burst: this.#limits.maxTokens });
    if (why !== undefined) return Promise.reject(new RateLimitExceededError(n, Infinity, maxWaitMs, why));
    return this.#lineOf(key).join(n, maxWaitMs, signal);
  }

  /** Serves those who wait for a key from elsewhere. */
  serve(key: string, spend: (n: number) => boolean): void {
    this.#lines.get(key)?.serve(spend);
  }

  /** Lets the tokens go back; {@link Gate.close} waits for that. */
  giveBack(key: string, tokens: number, tickets: readonly string[] | undefined): void {
    if (tickets === undefined) return;
    const gift = this.buckets.giveBack(key, tokens, tickets).finally(() => this.#gifts.delete(gift));
    this.#gifts.add(gift);
  }

  /** @throws TypeError or RangeError when an argument is wrong, RateLimiterClosedError once it is closed. */
  checkCall(action: string, key: unknown, n = 1): void {
    checkRequest(action, n, 0);
    checkText(action, "key", key);
    if (this.#closing !== undefined) throw new RateLimiterClosedError(action);
  }

  /**
   * Turns away all who wait, and resolves once everything is given back.
   *
   * @param before - What has to come first.
   */
  close(before?: Promise<void>): Promise<void> {
    this.#closing ??= this.#close(before);
    return this.#closing;
  }

  handleIdle(line: Line): void {
    if (this.#lines.get(line.key) === line) this.#lines.delete(line.key);
  }

  handleSurplus(line: Line, tokens: number, { tickets }: Outcome): void {
    this.giveBack(line.key, tokens, tickets);
  }

  async #close(before: Promise<void> | undefined): Promise<void> {
    const error = new RateLimiterClosedError("wait");
    await Promise.all([before, ...Array.from(this.#lines.values(), (line) => line.turnAway(error))]);
    await Promise.all(this.#gifts);
  }

  #delayMsBehind(key: string, n: number): number | undefined {
    return this.#lines.size === 0 ? undefined : this.#lines.get(key)?.delayMsBehind(n, performance.now());
  }

  #lineOf(key: string): Line {
    const existing = this.#lines.get(key);
    if (existing !== undefined) return existing;
    const line = new Line(key, this);
    this.#lines.set(key, line);
    return line;
  }
}
