import { type DedupStore, type Hold, MemoryDedupStore } from "@disp/background";

/** A store that can be listened to, can be away, and can be slow to answer what it has done already. */
export class WatchedStore implements DedupStore {
  readonly calls: string[] = [];
  readonly #store: DedupStore;
  /** What it rejects with while it is away; undefined = it is there. */
  away: Error | undefined;
  #answers: (() => void)[] | undefined;

  constructor(store: DedupStore = new MemoryDedupStore()) {
    this.#store = store;
  }

  /** From now on it does what it is told, and does not answer. */
  hush(): void {
    this.#answers ??= [];
  }

  /** Answers everything, in order. */
  answer(): void {
    const answers = this.#answers ?? [];
    this.#answers = undefined;
    for (const answer of answers) answer();
  }

  acquire(key: string, holdMs: number): Promise<Hold | undefined> {
    return this.#through(`acquire ${key} ${holdMs}`, async () => {
      const hold = await this.#store.acquire(key, holdMs);
      return hold === undefined ? undefined : this.#watch(key, hold);
    });
  }

  bumpGeneration(): Promise<number> {
    return this.#through("bump", () => this.#store.bumpGeneration());
  }

  #watch(key: string, hold: Hold): Hold {
    return {
      renew: (ms) => this.#through(`renew ${key} ${ms}`, () => hold.renew(ms)),
      release: (ms) => this.#through(`release ${key} ${ms}`, () => hold.release(ms)),
    };
  }

  async #through<Answer>(call: string, act: () => Promise<Answer>): Promise<Answer> {
    this.calls.push(call);
    if (this.away !== undefined) throw this.away;
    const answer = await act();
    if (this.#answers !== undefined) await new Promise<void>((resolve) => this.#answers?.push(resolve));
    return answer;
  }
}
