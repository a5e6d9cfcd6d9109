import type { Asker, RemoteBuckets } from "../src/lib/redis/buckets.ts";
import { Limits, type Tier } from "../src/lib/redis/limits.ts";
import { Outcome } from "../src/lib/redis/outcome.ts";

/** What was asked of buckets whose answers a test gives. */
export interface Question {
  readonly key: string;
  readonly n: number;
  readonly count: number;
  readonly asker: Asker;
}

export class ManualBuckets implements RemoteBuckets {
  readonly limits: Limits;
  /** Not answered yet. */
  readonly questions: Question[] = [];
  readonly givenBack: [key: string, tokens: number, ...tickets: string[]][] = [];

  /** Keys of all probes. */
  readonly probed: string[] = [];
  #settleProbe: ((error?: unknown) => void) | undefined;

  constructor(...tiers: Tier[]) {
    this.limits = new Limits(tiers);
  }

  /** `n x count` of each question. */
  get asked(): string[] {
    return this.questions.map(({ n, count }) => `${n} x ${count}`);
  }

  take(key: string, n: number, asker: Asker): void {
    this.questions.push({ key, n, count: 1, asker });
  }

  takeUpTo(key: string, n: number, count: number, asker: Asker): void {
    this.questions.push({ key, n, count, asker });
  }

  giveBack(key: string, tokens: number, tickets: readonly string[]): Promise<void> {
    this.givenBack.push([key, tokens, ...tickets]);
    return Promise.resolve();
  }

  probe(key: string): Promise<void> {
    this.probed.push(key);
    return new Promise((resolve, reject) => {
      this.#settleProbe = (error) => (error === undefined ? resolve() : reject(error));
    });
  }

  /** @param error - Undefined: it went well. */
  async answerProbe(error?: unknown): Promise<void> {
    this.#settleProbe?.(error);
    await Promise.resolve();
  }

  /** Answers the oldest question. @param tokensLeft - Of each tier after it, negative ones too. */
  answer(granted: number, ...tokensLeft: number[]): void {
    const { n, asker } = this.#next();
    const readings = tokensLeft.map((tokens, tier) => -this.limits.gainUs(tier, tokens));
    const left = Math.max(0, Math.floor(Math.min(...tokensLeft)));
    asker.answer(new Outcome(this.limits, n, granted, left, readings, granted > 0 ? ["ticket"] : undefined), 0);
  }

  fail(error: unknown): void {
    this.#next().asker.fail(error);
  }

  #next(): Question {
    const question = this.questions.shift();
    if (question === undefined) throw new Error("Cannot answer: nothing was asked");
    return question;
  }
}

/** What became of a promise, and when. */
export function follow(promise: Promise<unknown>): { at?: number; value?: unknown; error?: unknown } {
  const followed: { at?: number; value?: unknown; error?: unknown } = {};
  promise.then(
    (value) => Object.assign(followed, { at: performance.now() }, value === undefined ? {} : { value }),
    (error: unknown) => Object.assign(followed, { at: performance.now(), error }),
  );
  return followed;
}
