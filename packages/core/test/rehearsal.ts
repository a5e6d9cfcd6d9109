import {
  type Batch,
  Dispatcher,
  type Drop,
  type FailureDecision,
  ItemDroppedError,
  type SendContext,
  type SendFailure,
  type Summary,
} from "@disp/core";
import { vi } from "vitest";
import { nextTurn } from "@disp/turn";
import { type Followed, follow } from "../../../tooling/observe.ts";
import { type Decision, type Item, plainOptions, type Scenario, type SendMode, type Step } from "./scenario.ts";

/** A call of `send`, as the other side saw it. */
interface Call {
  readonly batch: Batch<Item>;
  readonly startedAt: number;
  readonly timesOutAt: number;
  readonly attempt: number;
  readonly firstItems: readonly Item[];
  isSettled: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const ABORTED = new Error("aborted by the test");
const FAILED = new Error("failed by the test");
const isKept = ({ id }: Item): boolean => id % 2 === 0;

/**
 * A dispatcher, all that surrounds it, and the books of both: which items were accepted by what the doors said, and how
 * each ended by what sends and hooks saw. Whatever is wrong is written down in `faults`.
 */
export class Rehearsal {
  readonly faults: string[] = [];
  readonly dispatcher: Dispatcher<Item>;
  readonly calls: Call[] = [];
  readonly promises: Followed[] = [];
  readonly summaries: Summary[] = [];
  readonly accepted: Set<number> = new Set();
  readonly refused: Set<number> = new Set();
  /** Given up by their signal, before or after they were accepted: nobody was told which. */
  readonly unclear: Set<number> = new Set();
  readonly endings: Map<number, string> = new Map();
  readonly #scenario: Scenario;
  readonly #abort = new AbortController();
  readonly #waits: AbortController[] = [];
  readonly #bySignal: { readonly signal: AbortSignal; readonly promise: Followed }[] = [];
  readonly #deliveries: { readonly id: number; readonly promise: Followed }[] = [];
  #items = 0;
  #failures = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.dispatcher = new Dispatcher<Item>({
      ...plainOptions(scenario),
      send: (batch, context) => this.#send(batch, context),
      onError: (failure) => this.#decide(failure),
      onDrop: (drop) => this.#hearDrop(drop),
      onDrained: (summary) => void this.summaries.push(summary),
      signal: this.#abort.signal,
    });
  }

  must(isTrue: boolean, rule: string): void {
    if (!isTrue) this.faults.push(`at ${performance.now()}: ${rule}`);
  }

  async run(step: Step): Promise<void> {
    if (step.do === "wait") await this.pass(step.ms);
    else this.#act(step);
    await settleMicrotasks();
    const isDeaf = this.#bySignal.some(({ signal, promise }) => signal.aborted && promise.state === "pending");
    this.must(!isDeaf, "a wait goes on though its signal was aborted");
  }

  #act(step: Exclude<Step, { do: "wait" }>): void {
    switch (step.do) {
      case "tryPush":
        this.#tryPush(step.size);
        break;
      case "push":
      case "deliver":
        this.#enter(step.do, step.size, this.#signal(step.hasSignal));
        break;
      case "flush":
        this.#flush(this.#signal(step.hasSignal));
        break;
      case "ready":
        this.#ready(this.#signal(step.hasSignal));
        break;
      case "abort wait":
        this.#waits[step.which % Math.max(1, this.#waits.length)]?.abort(ABORTED);
        break;
      case "abort":
        this.#abort.abort(ABORTED);
        break;
      case "close":
        this.dispatcher.close();
        break;
      case "drain":
        this.promises.push(follow(this.dispatcher.drain({ timeoutMs: step.timeoutMs })));
        break;
      case "succeed":
      case "fail":
      case "keep and fail":
      case "keep and succeed":
        this.#settleOne(step.do, step.which);
    }
  }

  /** Lets time pass by milliseconds, so that promises and timers take their turns as they do in earnest. */
  async pass(ms: number): Promise<void> {
    await settleMicrotasks();
    for (let passed = 0; passed < ms; passed += 1) {
      vi.advanceTimersByTime(1);
      await settleMicrotasks();
    }
    // A deadline waits for a turn of the event loop, which fake timers do not fake.
    await nextTurn();
    await settleMicrotasks();
  }

  /** Sends that may still settle something. */
  get live(): Call[] {
    return this.calls.filter((call) => !this.#isOver(call));
  }

  /** Settles every call that is open, late ones included. */
  settleAll(how: "succeed" | "fail"): void {
    for (const call of this.calls) if (!call.isSettled) this.#settle(call, how);
  }

  /** What the doors said and what the sends saw, put together. */
  get acceptedInTheEnd(): Set<number> {
    const seen = new Set([...this.endings.keys(), ...this.calls.flatMap(({ firstItems }) => firstItems.map(idOf))]);
    return new Set([...this.accepted, ...[...this.unclear].filter((id) => seen.has(id))]);
  }

  /** Deliveries whose promise says something else than the books. */
  get liars(): unknown[] {
    return this.#deliveries.filter(({ id, promise }) => {
      const ending = this.endings.get(id);
      if (promise.state === "resolved") return ending !== "delivered";
      return promise.error instanceof ItemDroppedError && ending !== promise.error.reason && ending !== undefined;
    });
  }

  // --- The side of the producer ---

  #next(size: number): Item {
    this.#items += 1;
    return { id: this.#items, size };
  }

  #signal(hasSignal: boolean): { signal?: AbortSignal } {
    if (!hasSignal) return {};
    const controller = new AbortController();
    this.#waits.push(controller);
    return { signal: controller.signal };
  }

  #tryPush(size: number): void {
    const item = this.#next(size);
    let isAccepted = false;
    try {
      isAccepted = this.dispatcher.tryPush(item);
    } catch (error) {
      this.must(error instanceof RangeError, `tryPush threw ${String(error)}`);
    }
    (isAccepted ? this.accepted : this.refused).add(item.id);
  }

  #enter(door: "push" | "deliver", size: number, options: { signal?: AbortSignal }): void {
    const item = this.#next(size);
    const promise = this.dispatcher[door](item, options);
    const followed = this.#follow(promise, options);
    if (door === "deliver") this.#deliveries.push({ id: item.id, promise: followed });
    promise.then(
      () => this.accepted.add(item.id),
      (error: unknown) => {
        if (error instanceof ItemDroppedError) this.accepted.add(item.id);
        else if (error === ABORTED && door === "deliver") this.unclear.add(item.id);
        else this.refused.add(item.id);
      },
    );
  }

  /** When it resolves, what was accepted before it has ended, or its send was given up with everything else. */
  #flush(options: { signal?: AbortSignal }): void {
    const before = [...this.accepted].filter((id) => !this.endings.has(id));
    const promise = this.dispatcher.flush(options);
    this.#follow(promise, options);
    promise.then(
      () => {
        const left = before.filter((id) => !this.endings.has(id));
        this.must(left.length === 0 || this.dispatcher.state === "drained", `flush left ${left.join()}`);
      },
      () => {},
    );
  }

  #ready(options: { signal?: AbortSignal }): void {
    this.#follow(this.dispatcher.ready(options), options);
  }

  #follow(promise: Promise<void>, { signal }: { signal?: AbortSignal }): Followed {
    const followed = follow(promise);
    this.promises.push(followed);
    if (signal !== undefined) this.#bySignal.push({ signal, promise: followed });
    return followed;
  }

  // --- The side of the consumer ---

  #isOver(call: Call): boolean {
    return call.isSettled || performance.now() >= call.timesOutAt || this.dispatcher.state === "drained";
  }

  #send(batch: Batch<Item>, { signal, attempt }: SendContext): void | Promise<void> {
    const modes = this.#scenario.modes;
    const mode = modes[this.calls.length % modes.length] as SendMode;
    const { promise, call } = this.#open(batch, attempt);
    this.calls.push(call);
    this.#inspect(call);
    if (mode === "by hand") return promise;
    if (mode === "heeds its signal") {
      signal.addEventListener("abort", () => this.#settle(call, "fail"), { once: true });
      return promise;
    }
    call.isSettled = true;
    if (mode === "keeps and throws") this.#keep(batch);
    if (mode !== "succeeds at once") throw FAILED;
    this.#end(batch.items, "delivered");
  }

  #open(batch: Batch<Item>, attempt: number): { promise: Promise<void>; call: Call } {
    let resolve: () => void = () => {};
    let reject: (error: unknown) => void = () => {};
    const promise = new Promise<void>((onDone, onFail) => {
      resolve = onDone;
      reject = onFail;
    });
    const startedAt = performance.now();
    const timesOutAt = startedAt + this.#scenario.sendTimeoutMs;
    const call = { batch, attempt, startedAt, timesOutAt, firstItems: batch.items, isSettled: false, resolve, reject };
    return { promise, call };
  }

  #inspect({ batch, attempt }: Call): void {
    const { maxItems, sizes, maxConcurrency, retry } = this.#scenario;
    const size = batch.items.reduce((sum, item) => sum + item.size, 0);
    this.must(this.live.length <= maxConcurrency, `${this.live.length} sends run at once`);
    this.must(batch.items.length <= maxItems, `a batch of ${batch.items.length} items`);
    this.must(sizes === undefined || size <= sizes.perBatch, `a batch of size ${size}`);
    this.must(batch.synthetic === (batch.items.length === 0), "an empty batch that is not synthetic");
    this.must(attempt === batch.attempt, "two numbers for one attempt");
    this.must(attempt <= 1 + (retry.kind === "none" ? 0 : retry.max), `attempt ${attempt}`);
    for (const { id } of batch.items) this.must(!this.endings.has(id), `item ${id} is sent after it has ended`);
  }

  #settleOne(how: "succeed" | "fail" | "keep and fail" | "keep and succeed", which: number): void {
    const open = this.calls.filter(({ isSettled }) => !isSettled);
    const call = open[which % Math.max(1, open.length)];
    if (call === undefined) return;
    if (how.startsWith("keep")) {
      if (this.#isOver(call)) this.#mustRefuseToKeep(call.batch);
      else this.#keep(call.batch);
    }
    this.#settle(call, how.endsWith("fail") ? "fail" : "succeed");
  }

  #settle(call: Call, how: "succeed" | "fail"): void {
    const isOver = this.#isOver(call);
    call.isSettled = true;
    if (how === "succeed" && !isOver) this.#end(call.batch.items, "delivered");
    if (how === "succeed") call.resolve();
    else call.reject(FAILED);
  }

  #keep(batch: Batch<Item>): void {
    const letGo = batch.items.filter((item) => !isKept(item));
    batch.keep(isKept);
    this.#end(letGo, "delivered");
  }

  #mustRefuseToKeep(batch: Batch<Item>): void {
    try {
      batch.keep(isKept);
    } catch {
      return;
    }
    this.must(false, "keep() worked on a batch that is somebody else's by now");
  }

  #decide({ batch }: SendFailure<Item>): FailureDecision {
    const { decisions } = this.#scenario;
    const decision = decisions[this.#failures++ % decisions.length] as Decision;
    if (decision === "keep") this.#keep(batch);
    if (decision === "later") return { retryAfterMs: 9 };
    return decision === "keep" || decision === "nothing" ? undefined : decision;
  }

  #hearDrop({ items, reason }: Drop<Item>): void {
    this.must(items.length > 0, "a drop of nothing");
    const running = this.live.flatMap(({ batch }) => batch.items);
    this.must(!items.some((item) => running.includes(item)), `items are dropped (${reason}) while they are being sent`);
    this.#end(items, reason);
  }

  #end(items: readonly Item[], ending: string): void {
    for (const { id } of items) {
      const earlier = this.endings.get(id);
      this.must(earlier === undefined, `item ${id} ended twice: ${earlier ?? ""}, ${ending}`);
      this.endings.set(id, ending);
    }
  }
}

export const idOf = ({ id }: Item): number => id;

async function settleMicrotasks(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}
